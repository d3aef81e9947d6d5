using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Heatmaps;

/// <summary>Where a check should run: its locations, or every location of its project that has an agent when it names none.</summary>
internal static class Regions
{
    public static IReadOnlyList<string> Of(CatalogSnapshot snapshot, Check check) =>
        [.. Places(snapshot, check).Select(snapshot.RegionOfLocation).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>As <see cref="Of"/>, each with its locations, in the order that they are named in.</summary>
    /// <param name="live">From <see cref="Live"/>.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<Location>> LocationsByRegion(CatalogSnapshot snapshot, Check check, IReadOnlyList<string> live) =>
        (check.Locations.Count > 0 ? check.Locations : live).Where(l => snapshot.Runs(check, l)).Distinct(StringComparer.Ordinal)
            .GroupBy(snapshot.RegionOfLocation, n => snapshot.Locations.GetValueOrDefault(n) ?? new Location { Name = n }, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, IReadOnlyList<Location> (g) => [.. g], StringComparer.Ordinal);

    /// <summary>Locations that have an agent which is not disabled.</summary>
    public static IReadOnlyList<string> Live(CatalogSnapshot snapshot) => [.. snapshot.AgentsById.Values.Where(a => !a.Disabled).Select(a => a.Location).Distinct(StringComparer.Ordinal)];

    /// <summary>The locations of one region that should run the check.</summary>
    public static IReadOnlyList<Location> Locations(CatalogSnapshot snapshot, Check check, string region) =>
    [
        .. Places(snapshot, check).Where(n => snapshot.RegionOfLocation(n) == region).Distinct(StringComparer.Ordinal)
            .Select(n => snapshot.Locations.GetValueOrDefault(n) ?? new Location { Name = n }),
    ];

    /// <summary>Names of the locations that should run the check; one may come twice.</summary>
    public static IEnumerable<string> Places(CatalogSnapshot snapshot, Check check) =>
        (check.Locations.Count > 0 ? check.Locations : Live(snapshot))
            .Where(l => snapshot.Runs(check, l));
}
