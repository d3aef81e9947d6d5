using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Heatmaps;

/// <summary>Where a check should run: its locations, or every location of its project that has an agent when it names none.</summary>
internal static class Regions
{
    public static IReadOnlyList<string> Of(CatalogSnapshot snapshot, Check check) =>
        [.. Places(snapshot, check).Select(snapshot.RegionOfLocation).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The locations of one region that should run the check.</summary>
    public static IReadOnlyList<Location> Locations(CatalogSnapshot snapshot, Check check, string region) =>
    [
        .. Places(snapshot, check).Where(n => snapshot.RegionOfLocation(n) == region).Distinct(StringComparer.Ordinal)
            .Select(n => snapshot.Locations.GetValueOrDefault(n) ?? new Location { Name = n }),
    ];

    /// <summary>Names of the locations that should run the check; one may come twice.</summary>
    public static IEnumerable<string> Places(CatalogSnapshot snapshot, Check check) =>
        (check.Locations.Count > 0 ? check.Locations : snapshot.AgentsById.Values.Where(a => !a.Disabled).Select(a => a.Location).Distinct(StringComparer.Ordinal))
            .Where(l => snapshot.Runs(check, l));
}
