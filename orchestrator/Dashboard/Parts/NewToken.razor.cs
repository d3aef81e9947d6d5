using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard.Parts;

/// <summary>Makes an enrolment token and shows, this once, the command that uses it. A location that is new is defined on the way.</summary>
public partial class NewToken
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Location { get; set; }

        public int Uses { get; set; } = 1;
    }

    private sealed record Token(string Secret, int Uses, TimeSpan Lifetime);

    [SupplyParameterFromForm(FormName = "new-token")]
    private Form? Input { get; set; }

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    [Inject]
    private IConfiguration Configuration { get; set; } = null!;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    private Token? Made { get; set; }

    private string Error { get; set; } = "";

    private string Orchestrator => Configuration["Grpc:Url"] is { Length: > 0 } url ? url : "http://localhost:5081";

    private async Task MakeAsync()
    {
        var location = Scope.Qualify(Input?.Location?.Trim() ?? "");
        try
        {
            if (!Catalog.Current.Locations.ContainsKey(location) && await DefineAsync(location) is { Length: > 0 } error)
            {
                Error = error;
                return;
            }

            var (info, secret) = await Services.GetRequiredService<TokenService>().CreateAsync(location, Input?.Uses, Lifetime, CancellationToken.None);
            await TokenAudit.CreatedAsync(Services.GetRequiredService<Audit>(), Caller.Of(Http), info);
            Made = new Token(secret, info.MaxUses, Lifetime);
        }
        catch (TokenRefusedException refused)
        {
            Error = refused.Message;
        }
    }

    private async Task<string> DefineAsync(string name)
    {
        var documents = CheckDocuments.Read(CheckDocuments.Write(new Location { Name = name }), "form");
        var errors = documents.Errors.Count > 0 ? documents.Errors : (await Services.GetRequiredService<AuditedCatalog>().ApplyAsync(Caller.Of(Http), documents, dryRun: false, CancellationToken.None)).Errors;
        return string.Join(" ", errors.Select(e => e.Message + (e.Allowed.Length > 0 ? $" (allowed: {e.Allowed})" : "")));
    }
}
