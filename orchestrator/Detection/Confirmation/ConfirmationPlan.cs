using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Whom to ask, and when. Pure.</summary>
internal static class ConfirmationPlan
{
    /// <summary>After a confirmation that came to nothing, single failures of a check that runs often wait so many times as long: one that always flakes would ask for ever.</summary>
    private const int Flaky = 10;

    /// <summary>What is flagged is confirmed again only so many times as seldom.</summary>
    private const int Again = 5;

    /// <summary>
    /// Agents to ask, in this order: others of the same region, or one of those in doubt when there are none, then one of each other region. Only those that are there and fit.
    /// </summary>
    /// <param name="region">Of what is doubted.</param>
    /// <param name="seenBy">Agents in doubt.</param>
    /// <param name="agents">All agents of locations that may run the check, and no others.</param>
    /// <param name="most">So many at most.</param>
    public static IReadOnlyList<AgentStatus> Choose(string region, IReadOnlyCollection<int> seenBy, IEnumerable<AgentStatus> agents, int most)
    {
        var fit = agents.Where(a => a is { Online: true, Disabled: false, Drained: false, Unfit.Count: 0 }).ToList();
        var (seeing, others) = (fit.Where(a => seenBy.Contains(a.Id)), fit.Where(a => a.Region == region && !seenBy.Contains(a.Id)).OrderBy(a => a.Name, StringComparer.Ordinal).ToList());
        var there = others.Count > 0 ? others : [.. seeing.Where(a => a.Region == region).OrderBy(a => a.Name, StringComparer.Ordinal).Take(1)];
        var elsewhere = fit.Where(a => a.Region != region).GroupBy(a => a.Region, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.OrderBy(a => a.Location, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal).First()).ToList();
        // Half of the places are kept for other regions, when these can fill them.
        var own = there.Take(most - Math.Min(elsewhere.Count, most / 2)).ToList();
        return [.. own, .. elsewhere.Take(most - own.Count)];
    }

    /// <summary>Whether it is time to ask.</summary>
    /// <param name="last">When this pair was confirmed last; null: never.</param>
    /// <param name="failed">As of <see cref="Failed"/>.</param>
    public static bool IsDue(Suspicion suspicion, DateTimeOffset? last, bool failed, DateTimeOffset now, TimeSpan cooling) => suspicion.Doubt switch
    {
        Doubt.None => false,
        _ when last is null => true,
        Doubt.Flagged when last < suspicion.Since => true,
        Doubt.Flagged => now - last >= Again * cooling,
        Doubt.Failed when suspicion.Check.Check.Interval < cooling && !failed => now - last >= Flaky * cooling,
        _ => now - last >= cooling,
    };

    /// <summary>Whether somebody of the region saw it too, any time that they were asked lately: then it is more than flakes, though it was over when they were asked last.</summary>
    public static bool Failed(IReadOnlyList<ConfirmingRun> said, string region, DateTimeOffset now, TimeSpan cooling) =>
        said.Any(r => r.Region == region && r.Passed == false && now - r.At < Flaky * cooling);

    /// <summary>Whether it is a repetition: those give way to pairs that were never confirmed.</summary>
    public static bool IsRepeated(Suspicion suspicion, DateTimeOffset? last) => last is { } then && then >= suspicion.Since;
}
