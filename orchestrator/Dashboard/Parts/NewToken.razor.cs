using Microsoft.AspNetCore.Components;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard.Parts;

/// <summary>Makes an enrolment token and shows, this once, the commands that use it; turns green when the agent is there. A location that is new is defined on the way.</summary>
public partial class NewToken
{
    private static readonly int[] Lifetimes = [1, 24, 24 * 7];

    private static readonly string Version = typeof(NewToken).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Location { get; set; }

        public int Uses { get; set; } = 1;

        public int Hours { get; set; } = 1;

        public string? Sources { get; set; }
    }

    private sealed record Token(TokenInfo Info, string Secret);

    [SupplyParameterFromQuery]
    private string? Location { get; set; }

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

    private Uri Orchestrator => AgentCommands.Address(Configuration, Http.Request.Host.Host);

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

            var wish = new TokenWish(location, Input?.Uses, TimeSpan.FromHours(Input?.Hours ?? 1), [Input?.Sources ?? ""]);
            var (info, secret) = await Services.GetRequiredService<TokenService>().CreateAsync(wish, Caller.Of(Http), CancellationToken.None);
            Made = new Token(info, secret);
        }
        catch (TokenRefusedException refused)
        {
            Error = refused.Message;
        }
    }

    private async Task<string> DefineAsync(string name)
    {
        var documents = CheckDocuments.Read(CheckDocuments.Write(new Contracts.Checks.Location { Name = name }), "form");
        var errors = documents.Errors.Count > 0 ? documents.Errors : (await Services.GetRequiredService<AuditedCatalog>().ApplyAsync(Caller.Of(Http), documents, dryRun: false, CancellationToken.None)).Errors;
        return string.Join(" ", errors.Select(e => e.Message + (e.Allowed.Length > 0 ? $" (allowed: {e.Allowed})" : "")));
    }
}
