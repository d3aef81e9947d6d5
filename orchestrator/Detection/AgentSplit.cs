using Probes.Contracts.Checks;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>How one agent sees a check that others of its region see too.</summary>
/// <param name="AgentId">Its number in the store.</param>
/// <param name="Agent">Its name; its location's name for those who must not know it.</param>
/// <param name="Runs">Judged runs.</param>
/// <param name="Failed">Of these.</param>
/// <param name="MedianMs">Of passed runs; null when none passed.</param>
/// <param name="Worse">Whether its runs, taken together, show what is flagged.</param>
public sealed record AgentEvidence(int AgentId, string Agent, long Runs, long Failed, double? MedianMs, bool Worse)
{
    /// <summary>Of its runs, those that show it one by one: failed, or slower than halfway between before and now.</summary>
    public long Showing { get; init; }

    /// <summary>It does not run the check there on schedule: it was asked to confirm what is flagged.</summary>
    public bool OnDemand { get; init; }
}

/// <summary>Tells one agent from its region: what only one of several sees is not the region's.</summary>
internal static class AgentSplit
{
    /// <summary>Chance below which the difference between one agent and the others is taken for real: it is asked only of what is flagged already.</summary>
    private const double Differ = 0.01;

    /// <summary>Of an agent's part of runs that show it, the most that the others together may have.</summary>
    private const double MostOthers = 0.4;

    /// <summary>Part of an agent's runs that fail, from which one run of another that passes tells them apart.</summary>
    private const double Nearly = 0.8;

    /// <summary>The agents' runs of some minutes, each held against what is flagged; empty when there are not two that say enough.</summary>
    public static IReadOnlyList<AgentEvidence> Of(IReadOnlyDictionary<int, Rollup> agents, Evidence flagged)
    {
        var seen = agents.Where(a => a.Value.Counts.Judged > 0).OrderBy(a => a.Key)
            .Select(a => new AgentEvidence(a.Key, "", a.Value.Counts.Judged, a.Value.Counts.Failed, Median(a.Value), Worse(flagged, a.Value)) { Showing = Showing(flagged, a.Value) }).ToList();
        return seen.Count >= 2 ? seen : [];
    }

    /// <summary>
    /// The one agent to which the flagged is limited, while others with enough runs do not show it; null when it is not so. A few runs each may differ by chance: Fisher's exact test is asked.
    /// </summary>
    public static AgentEvidence? Only(IReadOnlyList<AgentEvidence> agents)
    {
        if (Asked(agents) is { } alone)
        {
            return alone;
        }

        if (agents.Where(a => a.Worse).MaxBy(a => (double)a.Showing / a.Runs) is not { Runs: >= 2 } one || !agents.Any(a => !a.Worse && a.Runs >= 2))
        {
            return null;
        }

        var (runs, showing) = (agents.Sum(a => a.Runs) - one.Runs, agents.Sum(a => a.Showing) - one.Showing);
        return (double)showing / runs <= MostOthers * one.Showing / one.Runs && FailureTest.PValue(one.Showing, one.Runs, showing, runs) < Differ ? one : null;
    }

    // Others that were asked have a run or two, too few for a test; but where an agent fails nearly always, who passes meanwhile does not share its trouble.
    private static AgentEvidence? Asked(IReadOnlyList<AgentEvidence> agents) =>
        agents.Any(a => a.OnDemand) && agents.Where(a => a.Worse).ToList() is [var one] && one.Failed >= 3 && one.Failed >= Nearly * one.Runs && agents.All(a => a == one || a.Failed == 0) ? one : null;

    /// <summary>
    /// Whether one of several agents is worse than it was itself, though the region as a whole is not: each is asked with a significance divided by their number (Bonferroni).
    /// Null when none is, or more than one.
    /// </summary>
    public static Judgment? Look(MinuteHistory history, Check check, long minute, long baselineTo, int baselineMinutes, RegionWindow whole, RegionWindow? baseline, DetectorOptions options)
    {
        if (whole.Agents < 2 || baseline is null)
        {
            return null;
        }

        var most = MinuteHistory.MostWindow(check);
        var strict = options.With(options.Significance / whole.Agents);
        (int Agent, Judgment Judgment)? found = null;
        foreach (var (agent, window) in history.AgentWindows(minute, (options.WindowRuns + 1) / 2, most))
        {
            if (!Stands(window.Rollup, baseline.Rollup)
                // Its window may reach further back than its region's, and is no part of what it is held against.
                || history.AgentBaseline(agent, Math.Min(baselineTo, MinuteHistory.MinuteOf(window.From)), baselineMinutes) is not { } own || own.Rollup.Counts.Judged < options.BaselineRuns)
            {
                continue;
            }

            var judgment = RegionDetector.Judge(window, window, null, own, default, strict);
            if (!judgment.Flags)
            {
                continue;
            }

            if (found is not null)
            {
                return null;
            }

            found = (agent, judgment with { Level = Level.Degraded, Certain = false });
        }

        if (found is not var (one, flagged))
        {
            return null;
        }

        var split = Of(history.ByAgent(MinuteHistory.MinuteOf(flagged.Evidence.WindowFrom), minute), flagged.Evidence);
        return Only(split) is { } only && only.AgentId == one ? flagged with { Evidence = flagged.Evidence with { ByAgent = split } } : null;
    }

    // Most agents do not stand out from their region, and need no baseline of their own.
    private static bool Stands(Rollup window, Rollup region) =>
        window.Counts.Failed >= 2 || (window.Total.Count >= RegionDetector.FewestRuns && window.Total.Quantile(0.5) > region.Total.Quantile(0.75));

    private static bool Worse(Evidence flagged, Rollup agent) => flagged.TailMs is { } line
        ? agent.Total.Count > 0 && agent.Total.Above(line) >= flagged.TailPart / 2 * agent.Total.Count
        : flagged.Superiority is null
        ? agent.Counts.Failed > 0 && 1 - agent.Counts.Availability >= (1 - flagged.Availability) / 2
        : agent.Total.Count > 0 && RegionDetector.Shows(flagged, agent);

    private static long Showing(Evidence flagged, Rollup agent) =>
        flagged.TailMs is { } line ? agent.Total.Above(line)
        : flagged.Superiority is null ? agent.Counts.Failed
        : flagged.Phase is { } phase ? agent[phase].Above(((flagged.PhaseMedianMs + flagged.PhaseBaselineMedianMs) / 2) ?? 0)
        : agent.Total.Above(((flagged.MedianMs + flagged.BaselineMedianMs) / 2) ?? 0);

    private static double? Median(Rollup rollup) => rollup.Total.Count == 0 ? null : rollup.Total.Quantile(0.5);
}
