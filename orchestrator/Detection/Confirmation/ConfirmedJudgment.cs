using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>
/// What confirming runs do to a judgment. Those of other agents of the region that fail likewise are one more independent judgment each, where there are none the same agent's next run is, made at once,
/// and so are all other regions together when none of them passes: with two failed runs of the region they make it certain sooner. When other agents of the region pass and none fails, the region is not down: it leans to the agent or its route.
/// They never flag anything by themselves, and of latency they say nothing: one run is no distribution. Pure.
/// </summary>
internal static class ConfirmedJudgment
{
    /// <summary>Failures of the region itself that are asked for, whatever others say.</summary>
    internal const int Own = 2;

    /// <summary>Independent judgments that make an outage.</summary>
    internal const int Enough = 3;

    /// <summary>How many independent judgments speak for it: the latest run of each other agent counts.</summary>
    public static int Votes(IReadOnlyCollection<ConfirmingRun> fresh, string region) =>
        OthersVotes(fresh, region) + (Latest(fresh, region).Again.Exists(r => r.Passed == false) ? 1 : 0);

    /// <summary>How many of these are not the same agent's.</summary>
    public static int OthersVotes(IReadOnlyCollection<ConfirmingRun> fresh, string region)
    {
        var (there, _, elsewhere) = Latest(fresh, region);
        return there.Count(r => r.Passed == false) + (elsewhere.Count > 0 && elsewhere.TrueForAll(r => r.Passed == false) ? 1 : 0);
    }

    /// <summary>Whether it leans to one agent or its route: others of the region pass, and none fails.</summary>
    public static bool Leans(IReadOnlyCollection<ConfirmingRun> fresh, string region) => Latest(fresh, region).There is { Count: > 0 } there && there.TrueForAll(r => r.Passed == true);

    /// <summary>Other regions from which it passed when they were asked last.</summary>
    public static IReadOnlyCollection<string> WellElsewhere(IReadOnlyCollection<ConfirmingRun> asked, string region) =>
        [.. Latest(asked, region).Elsewhere.GroupBy(r => r.Region, StringComparer.Ordinal).Where(g => g.MaxBy(r => r.At)!.Passed == true).Select(g => g.Key)];

    /// <param name="judgment">What the region's own runs say.</param>
    /// <param name="region">Its name.</param>
    /// <param name="two">The last minutes that hold two judged runs.</param>
    /// <param name="few">The last minutes that hold a few.</param>
    /// <param name="baseline">The region's past; null when there is none.</param>
    /// <param name="older">Runs from before it.</param>
    /// <param name="failing">Agents of the region whose own runs fail.</param>
    /// <param name="fresh">Confirming runs made since, and not long ago.</param>
    /// <param name="options">Thresholds.</param>
    public static Judgment Of(Judgment judgment, string region, RegionWindow two, RegionWindow few, RegionWindow? baseline, RunCounts older, int failing, IReadOnlyCollection<ConfirmingRun> fresh,
        DetectorOptions options)
    {
        if (judgment.Silent || fresh.Count == 0)
        {
            return judgment;
        }

        // 1. Nobody else there sees it.
        if (failing <= 1 && Leans(fresh, region))
        {
            return judgment is { Flags: true, Evidence.Superiority: null } ? judgment with { Level = Level.Degraded, Certain = false } : judgment;
        }

        // 2. Nothing passes any more, here or there.
        var votes = Votes(fresh, region);
        var before = (baseline?.Rollup.Counts ?? default) + older;
        if (votes > 0 && judgment.Level != Level.Down && two.Rollup.Counts is { Passed: 0, Failed: >= Own } none && none.Failed + votes >= Enough && !Passes(fresh, region))
        {
            return new Judgment(Level.Down, RegionDetector.Evidence(two, baseline), IsCertain(none, votes, before, options));
        }

        // 3. Some runs pass, as those of the minute before the outage, and still these are too many.
        if (votes > 0 && few.Rollup.Counts is { Failed: >= Own } some && some.Failed + votes >= Enough && IsCertain(some, votes, before, options)
            && 1 - some.Availability >= options.AvailabilityLoss)
        {
            return judgment.Flags ? judgment with { Certain = judgment.Certain || judgment.Evidence.Superiority is null } : new Judgment(Level.Degraded, RegionDetector.Evidence(few, baseline), true);
        }

        return judgment;
    }

    private static bool IsCertain(RunCounts now, int votes, RunCounts before, DetectorOptions options) =>
        FailureTest.PValue(now.Failed + votes, now.Judged + votes, before.Failed, before.Judged) < options.Significance;

    private static bool Passes(IReadOnlyCollection<ConfirmingRun> fresh, string region) =>
        Latest(fresh, region) is var latest && latest.There.Concat(latest.Again).Any(r => r.Passed == true);

    private static (List<ConfirmingRun> There, List<ConfirmingRun> Again, List<ConfirmingRun> Elsewhere) Latest(IReadOnlyCollection<ConfirmingRun> fresh, string region)
    {
        var latest = fresh.Where(r => r.Passed is not null).GroupBy(r => r.AgentId).Select(g => g.MaxBy(r => r.At)!).ToList();
        return ([.. latest.Where(r => r.Region == region && !r.Again)], [.. latest.Where(r => r.Again)], [.. latest.Where(r => r.Region != region)]);
    }
}
