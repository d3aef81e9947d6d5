using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;

namespace Probes.Orchestrator.Dashboard;

/// <summary>A region on the map. Coordinates are null when none of its locations has any.</summary>
public sealed record RegionMark(string Region, Level Level, double? Latitude, double? Longitude, string Detail);

/// <summary>Equirectangular, in the units of <c>wwwroot/world.svg</c> (1000 x 395).</summary>
internal static class WorldProjection
{
    public static double X(double longitude) => (Math.Clamp(longitude, -180, 180) + 180) / 360 * 1000;

    public static double Y(double latitude) => Math.Clamp((84 - latitude) / 360 * 1000, 6, 389);

    /// <summary>One mark per region, at the mean of its locations' coordinates, with the worst level of its verdicts.</summary>
    public static IReadOnlyList<RegionMark> Marks(IEnumerable<Location> locations, IReadOnlyList<Verdict> verdicts) =>
        [.. locations.GroupBy(l => l.RegionOrName, StringComparer.Ordinal).Select(g => Mark(g.Key, [.. g], verdicts)).OrderBy(m => Show.Urgency(m.Level)).ThenBy(m => m.Region, StringComparer.Ordinal)];

    private static RegionMark Mark(string region, IReadOnlyList<Location> locations, IReadOnlyList<Verdict> verdicts)
    {
        var placed = locations.Where(l => l.Latitude is not null && l.Longitude is not null).ToList();
        var here = verdicts.Where(v => v.Region == region).OrderBy(v => Show.Urgency(v.Level)).ToList();
        // A region that has judged checks is as bad as the worst of them; unknown only when nothing is known at all.
        var level = here.Where(v => v.Level != Level.Unknown).Select(v => v.Level).FirstOrDefault();
        var worse = here.Count(v => v.Level is Level.Degraded or Level.Down);
        var detail = here.Count == 0 ? "no checks judged yet"
            : worse > 0 ? $"{worse} of {here.Count} checks affected" : $"{here.Count} {(here.Count == 1 ? "check" : "checks")}";
        return new RegionMark(region, level, placed.Count == 0 ? null : placed.Average(l => l.Latitude), placed.Count == 0 ? null : placed.Average(l => l.Longitude), detail);
    }
}
