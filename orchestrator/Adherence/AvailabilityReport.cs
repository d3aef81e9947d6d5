using Probes.Orchestrator.Detection;

namespace Probes.Orchestrator.Adherence;

/// <summary>How available one check was, of the runs that were expected. All times are whole minutes.</summary>
/// <param name="SettledTo">From here on results may still be on the way.</param>
public sealed record AvailabilityReport(
    string Check, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, Availability Total, IReadOnlyList<RegionAvailability> Regions);

public sealed record RegionAvailability(string Region, Availability Runs);

/// <param name="Late">Results that came in over five minutes after the end of their run, due in the hours that the span touches: what was read before they came was another number.</param>
/// <param name="LastLateAt">When the last of them came in; null: none did.</param>
public sealed record Availability(AvailabilityTally Tally, long Late, DateTimeOffset? LastLateAt)
{
    /// <summary>Wilson interval of the availability, 95 %; null when nothing counts.</summary>
    public (double Low, double High)? Interval => Tally.Counted > 0 ? Wilson.Interval(Tally.Passed, Tally.Counted) : null;

    public bool Corrected => Late > 0;
}
