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
               let at = Place(documents, check.Name, location.Index)
               select new DocumentError(at.File, at.Line, at.Column, $"spec.locations[{location.Index}]",
                   $"check '{check.Name}' names location '{location.Item}', which is not defined", allowed),
        ];
    }

    /// <summary>Checks that were not read from a text have no place but their name.</summary>
    private static DocumentPlace Place(DocumentSet documents, string check, int index) =>
        documents.LocationPlaces.TryGetValue(check, out var places) && index < places.Count ? places[index] : new DocumentPlace($"check/{check}", 1, 1);
}
