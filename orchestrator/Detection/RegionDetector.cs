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

    /// <summary>Only the last few of the runs of a minute speak.</summary>
    public bool OfFew { get; init; }

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
    internal const int AllFailed = 3;

    /// <summary>Runs over the baseline's 95th percentile without which a tail is not judged.</summary>
    internal const int FewestTail = 3;

    /// <summary>Times the shift that matters for medians which a tail's must have.</summary>
    internal const double TailShift = 2;

    /// <summary>By so much a tail's p-value must be smaller.</summary>
    internal const double TailTests = 5;

    /// <summary>By so much the p-value of failures must be smaller: windows of two lengths and the last few runs are looked at, and a flake now and then must not add up.</summary>
    internal const double FailureTests = 4;

    /// <summary>Runs up to which there is little to hold failures against.</summary>
    private const int LittlePast = 1000;

    /// <summary>Passed runs without which latency is not judged.</summary>
    internal const int FewestRuns = 4;

    /// <summary>A part of the whole shift from which a phase explains it.</summary>
    private const double Explains = 0.4;

    /// <summary>Availability below which a whole window means down.</summary>
    internal const double MostlyFailed = 0.5;

    /// <summary>Failures without which availability is not judged.</summary>
    internal const int FewestFailed = 2;

    /// <summary>p-value below which one look is enough.</summary>
    private const double Certain = 1e-6;

    /// <param name="current">Runs to judge.</param>
    /// <param name="latest">The last few of them: when none of these passes, the region is down whatever came before.</param>
    /// <param name="outage">Runs that failed one after the other, and are an outage by <see cref="IsOutage"/>; null when there are none.</param>
    /// <param name="baseline">The same region's past; null when there is none yet.</param>
    /// <param name="older">Runs from before the baseline; only what fails is held against them.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="part">As of <see cref="Sudden"/>.</param>
    public static Judgment Judge(RegionWindow current, RegionWindow latest, RegionWindow? outage, RegionWindow? baseline, RunCounts older, DetectorOptions options, double part = 1)
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

        if (outage is not null)
        {
            return new Judgment(Level.Down, Evidence(outage, baseline), true);
        }

        if (latest.Rollup.Counts is { Passed: 0, Failed: >= AllFailed } none)
        {
            return new Judgment(Level.Down, Evidence(latest, baseline), IsOutage(none, baseline, older, options, part));
        }

        if (counts.Judged >= options.WindowRuns && evidence.AvailabilityHigh < MostlyFailed)
        {
            return new Judgment(Level.Down, evidence, evidence.AvailabilityHigh < 0.3);
        }

        return Failing(current, baseline, older, options) ?? Latency(current.Rollup, baseline, evidence, options);
    }

    /// <summary>
    /// Whether runs that failed one after the other are an outage by themselves, wherever in a minute they began.
    /// </summary>
    public static bool IsOutage(RunCounts failing, RegionWindow? baseline, RunCounts older, DetectorOptions options, double part)
    {
        var before = (baseline?.Rollup.Counts ?? default) + older;
        return failing.Failed >= 2 * AllFailed || FailureTest.PValue(failing.Failed, failing.Judged, before.Failed, before.Judged) < part * options.Significance / StreakTests(failing.Failed, before.Judged);
    }

    /// <summary>
    /// By so much the p-value of failures in a row must be smaller: with each run it is looked, 40,000 times a month where a check runs every minute. Three and more, with little to hold them against, are held to a
    /// tenth of that: it is so only for the first thousand looks of a check, and chance of a second flake right after another is what asks for more.
    /// </summary>
    internal static double StreakTests(long failed, long before) => failed >= AllFailed && before < LittlePast ? 4 : 40;

    /// <summary>The part of the p-values that a check is held to whose last few runs are looked at alone: it is looked as much more often as it runs more often than once a minute.</summary>
    public static double Part(Check check) => Math.Min(1, check.Interval.TotalMinutes);

    /// <summary>
    /// Whether more runs fail than did before, and so many more that it matters; null when not. With a baseline by Fisher's exact test against all that is remembered; before there is one
    /// nothing but the runs themselves can speak, and they must leave no doubt.
    /// </summary>
    public static Judgment? Failing(RegionWindow current, RegionWindow? baseline, RunCounts older, DetectorOptions options)
    {
        var (counts, before) = (current.Rollup.Counts, (baseline?.Rollup.Counts ?? default) + older);
        if (counts.Failed < FewestFailed || counts.Availability >= (before.Availability ?? 1) - options.AvailabilityLoss)
        {
            return null;
        }

        if (before.Judged < options.BaselineRuns)
        {
            return Wilson.Interval(counts.Passed, counts.Judged, Wilson.Z999).High < 1 - options.AvailabilityLoss
                ? new Judgment(Level.Degraded, Evidence(current, baseline), false) : null;
        }

        var p = FailureTest.PValue(counts.Failed, counts.Judged, before.Failed, before.Judged);
        return p >= options.Significance / FailureTests ? null : new Judgment(
            Level.Degraded, Evidence(current, baseline) with { PValue = p, BaselineAvailability = before.Availability, BaselineRuns = before.Judged }, false);
    }

    /// <summary>
    /// Whether the last few runs are slower already, though a whole window does not show it yet; null when they are not. Availability is not asked: a flake
    /// among four is no outage.
    /// </summary>
    /// <param name="few">The last few runs.</param>
    /// <param name="baseline">The same region's past; null when there is none yet.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="part">Of the p-values that are asked for: less than all where it is looked more often than once a minute.</param>
    public static Judgment? Sudden(RegionWindow few, RegionWindow? baseline, DetectorOptions options, double part = 1) =>
        few.Rollup.Total.Count >= FewestRuns && few.Rollup.Total.Count < options.WindowRuns
        && Latency(few.Rollup, baseline, Evidence(few, baseline), part < 1 ? options.With(part * options.Significance) : options) is { Level: Level.Degraded } slower
            ? slower with { Certain = slower.Evidence.PValue < part * Certain, OfFew = part < 1 } : null;

    /// <summary>A region that has sent nothing for so long that its last runs tell nothing of now.</summary>
    public static Judgment Silent(RegionWindow current, RegionWindow? baseline, string why) =>
        new(Level.Unknown, Evidence(current, baseline), false) { Unknown = why, Silent = true };

    /// <summary>Whether one minute shows what a judgment flags: failures, or a median nearer to the window's than to the baseline's.</summary>
    public static bool Shows(Evidence flagged, Rollup minute) => flagged switch
    {
        { Season.MostMs: var most } => minute.Total.Quantile(0.5) > most,
        { TailMs: { } line } => minute.Total.Above(line) > 0,
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
            return new Judgment(Level.Degraded, Blame(current, baseline.Rollup, shift, 0.5, options, evidence), total.PValue < Certain);
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

    /// <summary>
    /// Whether many more runs take as long as few did before, though the median is what it was: lost packets, one slow server of several. Null when not. Held against the baseline's 95th
    /// percentile by the exact test of <see cref="ExceedanceTest"/>. Tails vary more than medians: twice the shift and a fifth of the p-value are asked for.
    /// </summary>
    public static Judgment? Tail(RegionWindow window, RegionWindow? before, DetectorOptions options)
    {
        if (before is null)
        {
            return null;
        }

        var (current, baseline, evidence) = (window.Rollup, before.Rollup, Evidence(window, before));
        if (current.Total.Count < FewestRuns || baseline.Total.Count < options.BaselineRuns)
        {
            return null;
        }

        var line = baseline.Total.Quantile(0.95);
        var over = current.Total.Above(line);
        var (is_, was) = (current.Total.Quantile(0.95), evidence.BaselineP95Ms ?? line);
        if (over < FewestTail || over < options.TailPart * current.Total.Count || is_ - was < TailShift * Math.Max(options.ShiftMs, options.ShiftRatio * was))
        {
            return null;
        }

        var p = ExceedanceTest.PValue(current.Total, baseline.Total, baseline.Total.Above(line));
        if (p >= options.Significance / TailTests)
        {
            return null;
        }

        var told = evidence with { Superiority = RankTest.Larger(current.Total, baseline.Total).Superiority, PValue = p, TailMs = line, TailPart = (double)over / current.Total.Count };
        return new Judgment(Level.Degraded, Blame(current, baseline, is_ - was, 0.9, options, told), p < Certain);
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

    private static Evidence Blame(Rollup current, Rollup baseline, double shift, double quantile, DetectorOptions options, Evidence evidence)
    {
        var moved = Enum.GetValues<Phase>()
            .Where(p => current[p].Count > 0 && baseline[p].Count > 0)
            .Select(p => (Phase: p, Now: current[p].Quantile(quantile), Then: baseline[p].Quantile(quantile)))
            .OrderByDescending(p => p.Now - p.Then)
            .FirstOrDefault();
        return moved.Phase != 0 && moved.Now - moved.Then >= Explains * shift
            && (quantile > 0.5 || RankTest.Larger(current[moved.Phase], baseline[moved.Phase]).PValue < 10 * options.Significance)
            ? evidence with { Phase = moved.Phase, PhaseMedianMs = current[moved.Phase].Quantile(0.5), PhaseBaselineMedianMs = baseline[moved.Phase].Quantile(0.5) }
            : evidence;
    }

    internal static Evidence Evidence(RegionWindow current, RegionWindow? baseline)
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
            MedianLowMs = Bound(current.Rollup.Total, high: false),
            MedianHighMs = Bound(current.Rollup.Total, high: true),
            P95Ms = Quantile(current.Rollup.Total, 0.95),
            Availability = counts.Availability,
            AvailabilityLow = counts.Judged > 0 ? low : null,
            AvailabilityHigh = counts.Judged > 0 ? high : null,
            FailureSource = Source(counts),
            BaselineRuns = baseline?.Rollup.Counts.Judged ?? 0,
            BaselineFrom = baseline?.From,
            BaselineTo = baseline?.To,
            BaselineMedianMs = baseline is null ? null : Quantile(baseline.Rollup.Total, 0.5),
            BaselineMedianLowMs = baseline is null ? null : Bound(baseline.Rollup.Total, high: false),
            BaselineMedianHighMs = baseline is null ? null : Bound(baseline.Rollup.Total, high: true),
            BaselineP95Ms = baseline is null ? null : Quantile(baseline.Rollup.Total, 0.95),
            BaselineAvailability = baseline?.Rollup.Counts.Availability,
        };
    }

    // Interval of the median by Wilson's bounds on its rank: no distribution is assumed.
    private static double? Bound(Sketch sketch, bool high)
    {
        if (sketch.Count == 0)
        {
            return null;
        }

        var (least, most) = Wilson.Interval(sketch.Count / 2, sketch.Count);
        return sketch.Quantile(high ? most : least);
    }

    private static string? Source(RunCounts counts) =>
        counts.Failed == 0 ? null
        : counts.DnsFaults >= Math.Max(counts.TargetFaults, counts.NetworkFaults) ? "dns"
        : counts.NetworkFaults >= counts.TargetFaults ? "network" : "target";

    private static double? Quantile(Sketch sketch, double q) => sketch.Count == 0 ? null : sketch.Quantile(q);
}
