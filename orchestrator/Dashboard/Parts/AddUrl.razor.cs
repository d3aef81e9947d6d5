using Microsoft.AspNetCore.Components;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard.Parts;

public partial class AddUrl
{
    private static readonly int[] Intervals = [5, 10, 30, 60, 300];

    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Url { get; set; }

        /// <summary>One of the intervals offered, in seconds.</summary>
        public int Seconds { get; set; } = 30;
    }

    /// <summary>Path of the page that shows the form.</summary>
    [Parameter, EditorRequired]
    public string Action { get; set; } = "/";

    [SupplyParameterFromForm(FormName = "add-url")]
    private Form? Input { get; set; }

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private AuditedCatalog Audited { get; set; } = null!;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    private List<string> Errors { get; set; } = [];

    private async Task AddAsync()
    {
        var (check, error) = NewChecks.Http(Input?.Url, Input?.Seconds ?? 30, Scope.Standard, Catalog.Current);
        if (check is null)
        {
            Errors = [error];
            return;
        }

        // The same rules as for a file: what the form makes is read back as a document.
        var documents = CheckDocuments.Read(CheckDocuments.Write(check), "form");
        if (documents.Errors.Count == 0)
        {
            var report = await Audited.ApplyAsync(Caller.Of(Http), documents, dryRun: false, CancellationToken.None);
            if (report.Errors.Count == 0)
            {
                Navigation.NavigateTo(Scope.CheckPath(check.Name));
                return;
            }

            documents = documents with { Errors = report.Errors };
        }

        Errors = [.. documents.Errors.Select(e => e.Message + (e.Allowed.Length > 0 ? $" (allowed: {e.Allowed})" : ""))];
    }
}
