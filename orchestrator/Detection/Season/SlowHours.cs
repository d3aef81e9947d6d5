namespace Probes.Orchestrator.Detection.Season;

/// <summary>Flags what has become slow too slowly to be seen against the last hour.</summary>
internal static class SlowHours
{
    /// <summary>Minutes for which an hour that is over tells of now: until the next one is judged, and as long again. Later the region was away meanwhile, or hours cannot be read.</summary>
    private const int Tells = 120;

    /// <summary>
    /// Degraded when the hour that is over was slower than it ought to be at that time, the latest runs still are, and by so much that it matters; null when not.
    /// </summary>
    /// <param name="recent">What the recent past says: nothing is wrong.</param>
    /// <param name="hours">The pair's hours; null: not known.</param>
    /// <param name="window">Latest runs.</param>
    /// <param name="options">Thresholds.</param>
    public static Judgment? Judge(Judgment recent, HourSeries? hours, RegionWindow window, DetectorOptions options)
    {
        if (hours is not { IsSlow: true, Expected: { } expected } || MinuteHistory.MinuteOf(window.To) > hours.Minute + 60 + Tells || window.Rollup.Total.Count < RegionDetector.FewestRuns)
        {
            return null;
        }

        var median = window.Rollup.Total.Quantile(0.5);
        return median <= expected.High || median - expected.Value < Math.Max(options.ShiftMs, options.ShiftRatio * expected.Value) ? null : recent with
        {
            Level = Level.Degraded,
            Certain = false,
            Evidence = recent.Evidence with { Superiority = recent.Evidence.Superiority ?? 0.5, Season = new SeasonEvidence(expected.Basis, expected.Points, expected.Value, expected.High) },
        };
    }
}
