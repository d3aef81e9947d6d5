using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Projects;

/// <summary>The catalog for one caller: what is not of its project is not there, and cannot be made.</summary>
internal sealed class ScopedCatalog(ICatalog whole, ProjectScope scope) : ICatalog
{
    private const int NamesShown = 20;

    public CatalogSnapshot Current => ProjectView.Of(whole.Current, scope.Visible, scope.Bound is not null);

    public event Action Changed
    {
        add => whole.Changed += value;
        remove => whole.Changed -= value;
    }

    public async Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct)
    {
        var errors = Foreign(documents);
        if (errors.Count > 0 && scope.Bound is null)
        {
            // Another replica may have made the project a moment ago.
            await whole.RefreshAsync(ct);
            errors = Foreign(documents);
        }

        return errors.Count > 0 ? new ApplyReport([], [], [], errors) : await whole.ApplyAsync(documents, dryRun, ct);
    }

    public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) =>
        scope.MayChange(name) ? whole.DeleteCheckAsync(name, ct) : Task.FromResult(false);

    public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) =>
        scope.MayChange(name) ? whole.DeleteWindowAsync(name, ct) : Task.FromResult(false);

    public Task RefreshAsync(CancellationToken ct) => whole.RefreshAsync(ct);

    /// <summary>Documents of projects that do not exist, or that do not for this caller: the same to the letter.</summary>
    private List<DocumentError> Foreign(DocumentSet documents)
    {
        var known = ProjectView.Of(whole.Current, scope.Bound).Projects;
        var allowed = string.Join(", ", known.Keys.Take(NamesShown)) + (known.Count > NamesShown ? ", ..." : "");
        return
        [
            .. from key in documents.Checks.Select(c => (Kind: "check", c.Name))
                   .Concat(documents.Locations.Select(l => (Kind: "location", l.Name))).Concat(documents.Windows.Select(w => (Kind: "maintenance", w.Name)))
               let project = QualifiedName.ProjectOf(key.Name)
               where !known.ContainsKey(project)
               let at = documents.ProjectPlaces.GetValueOrDefault($"{key.Kind}/{key.Name}", new DocumentPlace($"{key.Kind}/{key.Name}", 1, 1))
               select new DocumentError(at.File, at.Line, at.Column, "metadata.project", $"there is no project '{project}'", allowed),
        ];
    }
}
