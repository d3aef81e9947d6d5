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

    /// <summary>Nothing was heard for so long that what was known before counts for nothing.</summary>
    public bool Silent { get; init; }

    /// <summary>The first minute that shows what is flagged.</summary>
    public DateTimeOffset Began { get; init; } = Evidence.WindowFrom;

    public bool Flags => Level is Level.Degraded or Level.Down;
}

/// <summary>
/// Judges one region against its own recent past. Availability by Wilson's interval; latency, and DNS by itself, by Mann-Whitney with a
/// least effect, so that a change must be significant and must matter; the phase whose median moved most is blamed. Pure.
/// </summary>
internal static class RegionDetector
{
    /// <summary>What is said when agents speak, but only of themselves.</summary>
    internal const string AgentsOwn = "all of its runs were missed, or failed by the agents' own fault";

    /// <summary>Failures in a row, with nothing passed, that mean down.</summary>
    private const int AllFailed = 3;

    /// <summary>Passed runs without which latency is not judged.</summary>
    internal const int FewestRuns = 4;

    /// <summary>A part of the whole shift from which a phase explains it.</summary>
    private const double Explains = 0.4;

    /// <summary>p-value below which one look is enough.</summary>
    private const double Certain = 1e-6;

    /// <param name="current">Runs to judge.</param>
    /// <param name="latest">The last few of them: when none of these passes, the region is down whatever came before.</param>
    /// <param name="baseline">The same region's past; null when there is none yet.</param>
    public static Judgment Judge(RegionWindow current, RegionWindow latest, RegionWindow? baseline, DetectorOptions options)
    {
        var counts = current.Rollup.Counts;
        var evidence = Evidence(current, baseline);
        if (counts.Judged == 0)
        {
            return new Judgment(Level.Unknown, evidence, false)
            {
                Unknown = counts.Told > 0 ? AgentsOwn : "it sent no results; silence is not health",
            };
        }

        if (latest.Rollup.Counts is { Passed: 0, Failed: >= AllFailed } none)
        {
            var before = baseline?.Rollup.Counts ?? default;
            return new Judgment(Level.Down, Evidence(latest, baseline), none.Failed >= 2 * AllFailed
                || FailureTest.PValue(none.Failed, none.Judged, before.Failed, before.Judged) < options.Significance);
        }

        if (counts.Judged >= options.WindowRuns && evidence.AvailabilityHigh < 0.5)
        {
            return new Judgment(Level.Down, evidence, evidence.AvailabilityHigh < 0.3);
        }

        // Every region is judged thousands of times a day: 95 % would flag chance.
        var high = Wilson.Interval(counts.Passed, counts.Judged, Wilson.Z999).High;
        if (counts.Failed >= 2 && high < (evidence.BaselineAvailability ?? 1) - options.AvailabilityLoss)
        {
            return new Judgment(Level.Degraded, evidence, false);
        }

        return Latency(current.Rollup, baseline, evidence, options);
    }

    /// <summary>
    /// Whether the last few runs are slower already, though a whole window does not show it yet; null when they are not. Availability is not asked: a flake
    /// among four is no outage.
    /// </summary>
    public static Judgment? Sudden(RegionWindow few, RegionWindow? baseline, DetectorOptions options) =>
        few.Rollup.Total.Count >= FewestRuns && few.Rollup.Total.Count < options.WindowRuns
        && Latency(few.Rollup, baseline, Evidence(few, baseline), options) is { Level: Level.Degraded } slower ? slower : null;

    /// <summary>A region that has sent nothing for so long that its last runs tell nothing of now.</summary>
    public static Judgment Silent(RegionWindow current, RegionWindow? baseline, string why) =>
        new(Level.Unknown, Evidence(current, baseline), false) { Unknown = why, Silent = true };

    /// <summary>Whether one minute shows what a judgment flags: failures, or a median nearer to the window's than to the baseline's.</summary>
    public static bool Shows(Evidence flagged, Rollup minute) => flagged switch
    {
        { Superiority: null } => minute.Counts.Failed > 0,
        { Phase: { } phase } => minute[phase].Quantile(0.5) >= (flagged.PhaseMedianMs + flagged.PhaseBaselineMedianMs) / 2,
        _ => minute.Total.Quantile(0.5) >= (flagged.MedianMs + flagged.BaselineMedianMs) / 2,
    };

    private static Judgment Latency(Rollup current, RegionWindow? baseline, Evidence evidence, DetectorOptions options)
    {
        if (baseline is null || baseline.Rollup.Total.Count < options.BaselineRuns)
        {
            return new Judgment(Level.Unknown, evidence, false)
            {
                Unknown = $"it is learning its baseline, {baseline?.Rollup.Total.Count ?? 0} of {options.BaselineRuns} runs",
            };
        }

        var (total, slower) = Compare(current.Total, baseline.Rollup.Total, options);
        if (slower)
        {
            var shift = evidence.MedianMs!.Value - evidence.BaselineMedianMs!.Value;
            evidence = evidence with { Superiority = total.Superiority, PValue = total.PValue };
            return new Judgment(Level.Degraded, Blame(current, baseline.Rollup, shift, options, evidence), total.PValue < Certain);
        }

        // A slow resolver may hide in a slow answer.
        var (dns, slowerDns) = Compare(current.Dns, baseline.Rollup.Dns, options);
        if (slowerDns)
        {
            evidence = evidence with
            {
                Superiority = dns.Superiority,
                PValue = dns.PValue,
                Phase = Phase.Dns,
                PhaseMedianMs = current.Dns.Quantile(0.5),
                PhaseBaselineMedianMs = baseline.Rollup.Dns.Quantile(0.5),
            };
            return new Judgment(Level.Degraded, evidence, dns.PValue < Certain);
        }

        return new Judgment(Level.Healthy, current.Total.Count > 0 ? evidence with { Superiority = total.Superiority, PValue = total.PValue } : evidence, false);
    }

    private static (RankComparison Compared, bool Slower) Compare(Sketch now, Sketch then, DetectorOptions options)
    {
        if (now.Count < FewestRuns || then.Count < options.BaselineRuns)
        {
            return (new RankComparison(0.5, 1), false);
        }

        var compared = RankTest.Larger(now, then);
        var (is_, was) = (now.Quantile(0.5), then.Quantile(0.5));
        var matters = compared.Superiority >= options.Superiority && is_ - was >= Math.Max(options.ShiftMs, options.ShiftRatio * was);
        if (matters)
        {
            // Two tests are asked: the one is sharp for many runs, the other for few.
            compared = compared with { PValue = Math.Min(1, 2 * Math.Min(compared.PValue, ExceedanceTest.Larger(now, then))) };
        }

        return (compared, matters && compared.PValue < options.Significance);
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
