using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Secrets;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Secrets without their values, and their setting and deleting.</summary>
public partial class SecretsPage
{
    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Name { get; set; }

        /// <summary>Never sent back.</summary>
        public string? Value { get; set; }
    }

    /// <summary>PROJECT/NAME.</summary>
    public sealed class Deletion
    {
        public string? Key { get; set; }
    }

    [SupplyParameterFromForm(FormName = "set-secret")]
    private Form? Input { get; set; }

    [SupplyParameterFromForm(FormName = "delete-secret")]
    private Deletion? Gone { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private IReadOnlyList<SecretInfo> Rows { get; set; } = [];

    private string Error { get; set; } = "";

    private string Done { get; set; } = "";

    private SecretBook Book => Services.GetRequiredService<SecretBook>();

    protected override Task OnInitializedAsync() => ReadAsync();

    private async Task ReadAsync() => Rows = await Book.ListAsync(Scope.Visible, CancellationToken.None);

    private async Task SetAsync()
    {
        try
        {
            var made = await Book.PutAsync(Caller.Of(Http), new SecretName(Scope.Standard, Input?.Name?.Trim() ?? ""), Input?.Value, CancellationToken.None);
            (Done, Input) = ($"{made.Name} is set, revision {made.Revision}.", null);
        }
        catch (SecretRefusedException refused)
        {
            Error = $"The {refused.Field} {refused.Message} (allowed: {refused.Allowed}).";
        }

        await ReadAsync();
    }

    private async Task DeleteAsync()
    {
        if (Gone?.Key?.Split('/') is not [var project, var name] || !Scope.Sees(QualifiedName.Of(project, name)))
        {
            return;
        }

        var (_, checks) = await Book.DeleteAsync(Caller.Of(Http), new SecretName(project, name), CancellationToken.None);
        (Error, Done) = checks.Count > 0 ? ($"{name} stays: {string.Join(", ", checks)} refer to it.", "") : ("", $"{name} is deleted.");
        await ReadAsync();
    }
}
