using Probes.Contracts.Checks;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>Finds checks, regions and locations that maintenance windows name and nothing defines, and windows beyond what is kept.</summary>
internal static class WindowReferences
{
    /// <summary>Of all projects together.</summary>
    internal const int Most = 1000;

    private const int NamesShown = 20;

    internal static IReadOnlyList<DocumentError> Check(DocumentSet documents, CatalogSnapshot current)
    {
        if (documents.Windows.Count == 0)
        {
            return [];
        }

        var locations = current.Locations.Values.Concat(documents.Locations).GroupBy(l => l.Name).Select(g => g.Last()).ToList();
        var checks = current.Checks.Keys.Concat(documents.Checks.Select(c => c.Name)).ToLookup(QualifiedName.ProjectOf);
        return [.. documents.Windows.SelectMany(w => Unknown(documents, w, checks[QualifiedName.ProjectOf(w.Name)], locations)), .. TooMany(documents, current)];
    }

    private static IEnumerable<DocumentError> Unknown(DocumentSet documents, MaintenanceWindow window, IEnumerable<string> checks, IReadOnlyList<Location> all)
    {
        var project = QualifiedName.ProjectOf(window.Name);
        var locations = all.Where(l => l.Shared || QualifiedName.ProjectOf(l.Name) == project).ToList();
        return Of("checks", "check", window.Checks, [.. checks])
            .Concat(Of("regions", "region", window.Regions, [.. locations.Select(l => l.RegionOrName)]))
            .Concat(Of("locations", "location", window.Locations, [.. locations.Select(l => l.Name)]));

        IEnumerable<DocumentError> Of(string key, string what, IReadOnlyList<string> named, HashSet<string> known) =>
            from name in named.Index()
            where !known.Contains(name.Item)
            let written = Shown(what, name.Item)
            let names = known.Select(k => Shown(what, k)).Order(StringComparer.Ordinal).ToList()
            let at = documents.WindowPlaces.GetValueOrDefault((window.Name, $"spec.{key}[{name.Index}]"), new DocumentPlace($"maintenance/{window.Name}", 1, 1))
            select new DocumentError(at.File, at.Line, at.Column, $"spec.{key}[{name.Index}]",
                $"maintenance '{window.Name}' names {what} '{written}', which is not defined{CheckDocuments.Hint(written, names)}", Allowed(names));

        string Shown(string what, string name) => what == "region" ? name : QualifiedName.Within(project, name);
    }

    private static IEnumerable<DocumentError> TooMany(DocumentSet documents, CatalogSnapshot current) =>
        from window in documents.Windows.Where(w => !current.Windows.ContainsKey(w.Name)).Skip(Math.Max(0, Most - current.Windows.Count)).Take(1)
        let at = documents.ProjectPlaces.GetValueOrDefault($"maintenance/{window.Name}", new DocumentPlace($"maintenance/{window.Name}", 1, 1))
        select new DocumentError(at.File, at.Line, at.Column, "metadata.name", "is one maintenance window too many", $"at most {Most}; delete those that are over");

    private static string Allowed(List<string> names) =>
        names.Count == 0 ? "none is defined yet" : string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", ..." : "");
}
