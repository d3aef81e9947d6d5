namespace Probes.Orchestrator.Adherence;

/// <summary>
/// Expected runs of a span by what became of them, each counted once: expected = passed + failed + excluded + pending. What says nothing of the target is excluded, never left out of sight.
/// </summary>
/// <param name="Expected">Due times in the span, from the schedule.</param>
/// <param name="AgentFaults">Made, and failed or passed by fault of an unfit agent.</param>
/// <param name="Missed">Due, and nothing came of it.</param>
/// <param name="Dropped">Made, and their results given up by their agent.</param>
/// <param name="Maintenance">Due in a maintenance window, whatever came of it.</param>
/// <param name="Pending">Their results may still be on the way.</param>
public readonly record struct AvailabilityTally(
    long Expected, long Passed, long TargetFaults, long DnsFaults, long NetworkFaults, long AgentFaults, long Missed, long Dropped, long Maintenance, long Pending)
{
    public long Failed => TargetFaults + DnsFaults + NetworkFaults;

    public long Excluded => AgentFaults + Missed + Dropped + Maintenance;

    /// <summary>Passed + failed: what availability is a part of.</summary>
    public long Counted => Expected - Excluded - Pending;

    /// <summary>Passed of counted, 0 to 1; null when nothing counts.</summary>
    public double? Availability => Counted > 0 ? (double)Passed / Counted : null;

    public static AvailabilityTally operator +(AvailabilityTally a, AvailabilityTally b) => new(
        a.Expected + b.Expected, a.Passed + b.Passed, a.TargetFaults + b.TargetFaults, a.DnsFaults + b.DnsFaults, a.NetworkFaults + b.NetworkFaults,
        a.AgentFaults + b.AgentFaults, a.Missed + b.Missed, a.Dropped + b.Dropped, a.Maintenance + b.Maintenance, a.Pending + b.Pending);

    /// <summary>
    /// One place in one minute. A run that was made twice, by two agents at a hand-over, counts once: what is beyond the expected ones is taken off the agents' faults, then off the passed, so that
    /// an extra run never hides a failure.
    /// </summary>
    /// <param name="runs">The minute against the schedule.</param>
    /// <param name="seen">What came in of it.</param>
    /// <param name="maintenance">Whether a window covers it.</param>
    internal static AvailabilityTally Of(RunTally runs, MinuteSeen seen, bool maintenance)
    {
        if (maintenance)
        {
            return new AvailabilityTally { Expected = runs.Expected, Maintenance = runs.Expected };
        }

        var extra = runs.Extra;
        return new AvailabilityTally
        {
            Expected = runs.Expected,
            AgentFaults = Rest(seen.AgentFaults, ref extra),
            Passed = Rest(seen.Passed, ref extra),
            NetworkFaults = Rest(seen.NetworkFaults, ref extra),
            DnsFaults = Rest(seen.DnsFaults, ref extra),
            TargetFaults = Rest(seen.TargetFaults, ref extra),
            Missed = runs.Missed,
            Dropped = runs.Dropped,
            Pending = runs.Pending,
        };
    }

    private static long Rest(long count, ref long extra)
    {
        var off = Math.Min(count, extra);
        extra -= off;
        return count - off;
    }
}
