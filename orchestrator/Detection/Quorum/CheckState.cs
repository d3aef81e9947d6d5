using System.Globalization;

namespace Probes.Orchestrator.Detection.Quorum;

/// <summary>What is true of a check over all its regions.</summary>
public enum CheckState
{
    /// <summary>Nothing is flagged, but not everything is known: neither up nor down.</summary>
    NotEnoughEvidence = 0,

    /// <summary>Every region is known to be well.</summary>
    Healthy,

    /// <summary>Some region is degraded, and none is down.</summary>
    Degraded,

    /// <summary>Down in some regions and not, or not known to be, in others: an outage of its own, whatever the share.</summary>
    Partial,

    /// <summary>Down in every region that says anything, and these are most of all.</summary>
    Down,
}

/// <summary>Regions as one state. Pure: the same levels are the same state, in whatever order, and no two states hold at once.</summary>
internal static class CheckStates
{
    public static CheckState Of(IReadOnlyCollection<Level> regions)
    {
        var (down, unknown) = (regions.Count(r => r == Level.Down), regions.Count(r => r == Level.Unknown));
        return down > 0 ? down == regions.Count - unknown && 2 * down > regions.Count ? CheckState.Down : CheckState.Partial
            : regions.Contains(Level.Degraded) ? CheckState.Degraded
            : unknown > 0 || regions.Count == 0 ? CheckState.NotEnoughEvidence
            : CheckState.Healthy;
    }

    /// <summary>Such as "down in 1 of 3 regions, healthy in 1, unknown in 1".</summary>
    public static string Words(IReadOnlyCollection<Level> regions)
    {
        if (regions.Count == 0)
        {
            return "not enough evidence: it runs from nowhere";
        }

        var all = string.Create(CultureInfo.InvariantCulture, $" of {regions.Count} {(regions.Count == 1 ? "region" : "regions")}");
        var parts = regions.GroupBy(r => r).OrderBy(g => g.Key switch { Level.Down => 0, Level.Degraded => 1, Level.Unknown => 2, _ => 3 })
            .Select((g, i) => string.Create(CultureInfo.InvariantCulture, $"{g.Key.ToString().ToLowerInvariant()} in {g.Count()}{(i == 0 ? all : "")}"));
        return (Of(regions) == CheckState.NotEnoughEvidence ? "not enough evidence: " : "") + string.Join(", ", parts);
    }
}
