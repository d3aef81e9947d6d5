using Probes.Contracts.Checks;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>Finds names that documents refer to and nothing defines, or defines for others only.</summary>
internal static class References
{
    private const int NamesShown = 20;

    internal static IReadOnlyList<DocumentError> Check(DocumentSet documents, CatalogSnapshot current)
    {
        var known = current.Locations.Values.ToDictionary(l => l.Name, StringComparer.Ordinal);
        foreach (var location in documents.Locations)
        {
            known[location.Name] = location;
        }

        var allowed = new Dictionary<string, string>(StringComparer.Ordinal);
        return
        [
            .. from check in documents.Checks
               let project = QualifiedName.ProjectOf(check.Name)
               from location in check.Locations.Index()
               where !(known.TryGetValue(location.Item, out var found) && IsFor(project, found))
               let at = Place(documents, check.Name, location.Index)
               // Another project's location that is not shared reads like one that does not exist.
               select new DocumentError(at.File, at.Line, at.Column, $"spec.locations[{location.Index}]",
                   $"check '{check.Name}' names location '{location.Item}', which is not defined", AllowedIn(project)),
        ];

        string AllowedIn(string project) => allowed.TryGetValue(project, out var text) ? text : allowed[project] = Allowed(known.Values, project);
    }

    /// <param name="secrets">Names by project. Those of other projects are as if they were not there.</param>
    internal static IReadOnlyList<DocumentError> CheckSecrets(DocumentSet documents, ILookup<string, string> secrets) =>
    [
        .. from check in documents.Checks
           let project = QualifiedName.ProjectOf(check.Name)
           from use in SecretUses(documents, check)
           where !secrets[project].Contains(use.Name)
           select new DocumentError(use.Place.File, use.Place.Line, use.Place.Column, use.Key,
               $"check '{check.Name}' refers to secret '{use.Name}', which project '{project}' does not have", AllowedSecrets(secrets[project], use.Name)),
    ];

    private static IEnumerable<SecretUse> SecretUses(DocumentSet documents, Check check) => documents.SecretUses.TryGetValue(check.Name, out var uses)
        ? uses
        : SecretReferences.Of(check).Select(n => new SecretUse(n, "spec", new DocumentPlace($"check/{check.Name}", 1, 1)));

    private static string AllowedSecrets(IEnumerable<string> names, string wanted)
    {
        var known = names.Order(StringComparer.Ordinal).ToList();
        return (known.Count == 0 ? "" : string.Join(", ", known.Take(NamesShown)) + (known.Count > NamesShown ? ", ...; " : "; "))
            + $"or set it first: orchestrator secret set {wanted}";
    }

    private static bool IsFor(string project, Location location) => location.Shared || QualifiedName.ProjectOf(location.Name) == project;

    private static string Allowed(IEnumerable<Location> known, string project)
    {
        var names = known.Where(l => IsFor(project, l)).Select(l => QualifiedName.Within(project, l.Name)).Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? "none is defined yet" : string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", ..." : "");
    }

    /// <summary>Checks that were not read from a text have no place but their name.</summary>
    private static DocumentPlace Place(DocumentSet documents, string check, int index) =>
        documents.LocationPlaces.TryGetValue(check, out var places) && index < places.Count ? places[index] : new DocumentPlace($"check/{check}", 1, 1);
}
