namespace Probes.Orchestrator.Detection.Season;

/// <summary>
/// Tells a shift from a slope, for checks whose baseline is longer than that of most: what runs each half hour is held against a day, in which the time of day alone makes its latest runs the slowest.
/// A shift is one against the runs just before it too. What creeps up by more than the time of day explains is found by <see cref="SlowHours"/>.
/// </summary>
internal static class Drift
{
    /// <summary>The judgment; healthy where it said that latency rose, but not against the runs just before.</summary>
    /// <param name="judgment">Of a region that is not flagged yet: later it is held against what was before it was.</param>
    /// <param name="history">Its minutes.</param>
    /// <param name="baselineTo">The minute after the baseline's last.</param>
    /// <param name="baselineMinutes">Minutes of the baseline.</param>
    /// <param name="options">Thresholds.</param>
    public static Judgment Judge(Judgment judgment, MinuteHistory history, long baselineTo, int baselineMinutes, DetectorOptions options)
    {
        if (baselineMinutes <= options.BaselineMinutes
            || judgment is not { Level: Level.Degraded, Evidence: { Superiority: not null, TailMs: null, Season: null, MedianMs: { } now, BaselineMedianMs: { } then } }
            || now - then < Least(then))
        {
            return judgment;
        }

        var to = Math.Min(baselineTo, MinuteHistory.MinuteOf(judgment.Evidence.WindowFrom));
        if (history.EndOfBaseline(to, baselineMinutes, options.WindowRuns) is not { Rollup.Total: var near } || near.Count < RegionDetector.FewestRuns)
        {
            return judgment;
        }

        var before = near.Quantile(0.5);
        return now - before >= Least(before) ? judgment : judgment with
        {
            Level = Level.Healthy,
            Certain = false,
            Evidence = judgment.Evidence with { Season = new SeasonEvidence(Basis.JustBefore, (int)near.Count, before, before + Least(before)) },
        };

        double Least(double was) => Math.Max(options.ShiftMs, options.ShiftRatio * was);
    }
}
