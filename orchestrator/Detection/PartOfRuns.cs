using Probes.Contracts.Checks;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Trouble that only a part of a region's runs has: lost packets, one bad server of several. It shows in longer windows than what all runs have, and comes and goes by chance, so that less is asked for it
/// to go on than to begin. Not thread-safe.
/// </summary>
internal sealed class PartOfRuns
{
    /// <summary>A longer window is of so many times the runs.</summary>
    private const int Times = 3;

    private Extent _flagged;
    private int _heldBack;

    private enum Extent
    {
        /// <summary>All runs have it, or nothing is flagged.</summary>
        Whole,

        /// <summary>The last few have it; whether all do is not known yet.</summary>
        Undecided,

        /// <summary>Some do.</summary>
        Part,
    }

    /// <summary>
    /// Degraded when a part of the runs fails or is slow; null when not. What was flagged as a whole is not looked at: it is well when its latest runs are.
    /// </summary>
    public Judgment? Look(
        MinuteHistory history, Check check, long minute, RegionWindow window, RegionWindow? baseline, bool flagged, DateTimeOffset? flaggedAt, DetectorOptions options)
    {
        if (baseline is null || (flagged && _flagged == Extent.Whole) || IsOver(window))
        {
            return null;
        }

        var asked = flagged ? options.Loose() : options;
        if (RegionDetector.Tail(window, baseline, asked) is { } tail)
        {
            return tail;
        }

        // It is merged only where the short one holds some.
        if (window.Rollup.Counts.Failed == 0 && (baseline.Rollup.Total.Count == 0 || window.Rollup.Total.Above(baseline.Rollup.Total.Quantile(0.95)) < (flagged ? 1 : 2)))
        {
            return null;
        }

        var longer = history.Window(minute, Times * options.WindowRuns, Times * MinuteHistory.MostWindow(check));
        return IsOver(longer) || longer.From < baseline.To ? null
            : RegionDetector.Failing(longer, baseline, history.Older.Sum, asked) ?? RegionDetector.Tail(longer, baseline, asked);

        // It holds what was flagged, and is over.
        bool IsOver(RegionWindow seen) => !flagged && flaggedAt is { } before && seen.From <= before;
    }

    /// <summary>
    /// Whether a look that says that all is well must not count yet: what was flagged as a whole is no longer, but a part of its latest runs still has it. When that has lasted for a window it is a
    /// part's trouble. Asked once for each look at new runs.
    /// </summary>
    public bool HoldsBack(Judgment judgment, RegionWindow window, RegionWindow? baseline, RunCounts older, bool flagged, DetectorOptions options)
    {
        var holds = flagged && _flagged == Extent.Whole && baseline is not null && judgment.Level == Level.Healthy
            && (RegionDetector.Tail(window, baseline, options.Loose()) ?? RegionDetector.Failing(window, baseline, older, options.Loose())) is not null;
        _heldBack = holds ? _heldBack + 1 : 0;
        _flagged = _heldBack > options.WindowRuns ? Extent.Part : _flagged;
        return holds;
    }

    /// <summary>Notes what flagged a region, or goes on to.</summary>
    public void Note(bool before, bool flagged, Judgment judgment, DetectorOptions options)
    {
        if (!flagged)
        {
            _flagged = Extent.Whole;
        }
        else if (!before || (_flagged == Extent.Undecided && judgment.Flags))
        {
            _flagged = judgment.OfFew ? Extent.Undecided
                : judgment.Evidence.TailMs is not null || judgment.Evidence.Runs > 2 * options.WindowRuns ? Extent.Part : Extent.Whole;
        }
    }
}
