using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>Finds names that documents refer to and nothing defines.</summary>
internal static class References
{
    private const int NamesShown = 20;

    internal static IReadOnlyList<DocumentError> Check(DocumentSet documents, CatalogSnapshot current)
    {
        var known = new SortedSet<string>(current.Locations.Keys.Concat(documents.Locations.Select(l => l.Name)), StringComparer.Ordinal);
        var allowed = known.Count == 0 ? "none is defined yet" : string.Join(", ", known.Take(NamesShown)) + (known.Count > NamesShown ? ", ..." : "");
        return
        [
            .. from check in documents.Checks
               from location in check.Locations.Index()
               where !known.Contains(location.Item)
               let at = documents.Place($"check/{check.Name}")
               select new DocumentError(at.File, at.Line, at.Column, $"spec.locations[{location.Index}]",
                   $"check '{check.Name}' names location '{location.Item}', which is not defined", allowed),
        ];
    }
}

internal static class DocumentPlaces
{
    /// <summary>Where a document stands; its name alone when the reader did not say.</summary>
    internal static (string File, int Line, int Column) Place(this DocumentSet documents, string subject) =>
        documents.Errors.Count > 0 ? ("", 0, 0) : (subject, 1, 1);
}
