using Probes.Contracts.Checks;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>Runs of one check in one region over a span.</summary>
internal sealed record RegionWindow(DateTimeOffset From, DateTimeOffset To, Rollup Rollup, int Agents);

/// <summary>What one look says, before hysteresis.</summary>
internal readonly record struct Judgment(Level Level, Evidence Evidence, bool Certain)
{
    /// <summary>Why nothing can be said; empty otherwise.</summary>
    public string Unknown { get; init; } = "";
}

/// <summary>
/// Judges one region against its own recent past. Availability by Wilson's interval; latency by Mann-Whitney with a least effect, so
/// that a change must be significant and must matter; the phase whose median moved most is blamed. Pure.
/// </summary>
internal static class RegionDetector
{
    /// <summary>Failures in a row, with nothing passed, that mean down.</summary>
    private const int AllFailed = 3;

    /// <summary>A part of the whole shift from which a phase explains it.</summary>
    private const double Explains = 0.4;

    public static Judgment Judge(RegionWindow current, RegionWindow? baseline, DetectorOptions options)
    {
        var counts = current.Rollup.Counts;
        var evidence = Evidence(current, baseline);
        if (counts.Judged == 0)
        {
            return new Judgment(Level.Unknown, evidence, false)
            {
                Unknown = counts.Expected > 0 ? "all of its runs were missed or failed by the agent's own fault" : "it sent no results: silence is not health",
            };
        }

        if (counts.Passed == 0 && counts.Failed >= AllFailed)
        {
            return new Judgment(Level.Down, evidence, counts.Failed >= 2 * AllFailed);
        }

        if (counts.Judged >= options.WindowRuns && evidence.AvailabilityHigh < 0.5)
        {
            return new Judgment(Level.Down, evidence, evidence.AvailabilityHigh < 0.3);
        }

        var before = evidence.BaselineAvailability ?? 1;
        if (counts.Failed >= 2 && evidence.AvailabilityHigh < before - options.AvailabilityLoss)
        {
            return new Judgment(Level.Degraded, evidence, false);
        }

        return Latency(current, baseline, evidence, options);
    }

    private static Judgment Latency(RegionWindow current, RegionWindow? baseline, Evidence evidence, DetectorOptions options)
    {
        var now = current.Rollup.Total;
        if (baseline is null || baseline.Rollup.Total.Count < options.BaselineRuns)
        {
            return new Judgment(Level.Unknown, evidence, false)
            {
                Unknown = $"it is learning its baseline, {baseline?.Rollup.Total.Count ?? 0} of {options.BaselineRuns} runs",
            };
        }

        if (now.Count < 5)
        {
            return new Judgment(Level.Healthy, evidence, false);
        }

        var compared = RankTest.Larger(now, baseline.Rollup.Total);
        evidence = evidence with { Superiority = compared.Superiority, PValue = compared.PValue };
        var shift = evidence.MedianMs!.Value - evidence.BaselineMedianMs!.Value;
        if (compared.PValue >= options.Significance || compared.Superiority < options.Superiority
            || shift < Math.Max(options.ShiftMs, options.ShiftRatio * evidence.BaselineMedianMs.Value))
        {
            return new Judgment(Level.Healthy, evidence, false);
        }

        return new Judgment(Level.Degraded, Blame(current.Rollup, baseline.Rollup, shift, options, evidence), compared.PValue < 1e-6);
    }

    private static Evidence Blame(Rollup current, Rollup baseline, double shift, DetectorOptions options, Evidence evidence)
    {
        var moved = Enum.GetValues<Phase>()
            .Where(p => current[p].Count > 0 && baseline[p].Count > 0)
            .Select(p => (Phase: p, Now: current[p].Quantile(0.5), Then: baseline[p].Quantile(0.5)))
            .OrderByDescending(p => p.Now - p.Then)
            .FirstOrDefault();
        return moved.Phase != 0 && moved.Now - moved.Then >= Explains * shift
            && RankTest.Larger(current[moved.Phase], baseline[moved.Phase]).PValue < 10 * options.Significance
            ? evidence with { Phase = moved.Phase, PhaseMedianMs = moved.Now, PhaseBaselineMedianMs = moved.Then }
            : evidence;
    }

    private static Evidence Evidence(RegionWindow current, RegionWindow? baseline)
    {
        var counts = current.Rollup.Counts;
        var (low, high) = Wilson.Interval(counts.Passed, counts.Judged);
        return new Evidence
        {
            Agents = current.Agents,
            Runs = counts.Judged,
            WindowFrom = current.From,
            WindowTo = current.To,
            MedianMs = Quantile(current.Rollup.Total, 0.5),
            P95Ms = Quantile(current.Rollup.Total, 0.95),
            Availability = counts.Availability,
            AvailabilityLow = counts.Judged > 0 ? low : null,
            AvailabilityHigh = counts.Judged > 0 ? high : null,
            FailureSource = Source(counts),
            BaselineRuns = baseline?.Rollup.Counts.Judged ?? 0,
            BaselineFrom = baseline?.From,
            BaselineTo = baseline?.To,
            BaselineMedianMs = baseline is null ? null : Quantile(baseline.Rollup.Total, 0.5),
            BaselineP95Ms = baseline is null ? null : Quantile(baseline.Rollup.Total, 0.95),
            BaselineAvailability = baseline?.Rollup.Counts.Availability,
        };
    }

    private static string? Source(RunCounts counts) =>
        counts.Failed == 0 ? null
        : counts.DnsFaults >= Math.Max(counts.TargetFaults, counts.NetworkFaults) ? "dns"
        : counts.NetworkFaults >= counts.TargetFaults ? "network" : "target";

    private static double? Quantile(Sketch sketch, double q) => sketch.Count == 0 ? null : sketch.Quantile(q);
}
