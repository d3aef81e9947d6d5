using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Confirmation;

namespace Probes.Orchestrator.Detection.Blame;

/// <summary>A cause and the pairs it explains.</summary>
internal sealed record Blamed(Cause Cause, IReadOnlyList<Sign> Signs);

/// <summary>
/// Finds the fewest causes that explain what is flagged. Candidates are each target, each region and each agent; one that explains at least two of what is flagged, and of
/// those pairs that could show it at least <see cref="Least"/>, is taken, the one that explains most first (greedy set cover: Chvátal, Mathematics of Operations Research
/// 1979). What no candidate explains is a route of its own. What is flagged still but looks healthy again keeps the cause that it had. Not thread-safe.
/// </summary>
internal sealed class Blamer
{
    private Dictionary<(string Check, string Region), Cause> _before = [];

    /// <summary>Part of the pairs that could show a cause which must show it, 0 to 1.</summary>
    internal const double Least = 0.6;

    /// <summary>Part of all known pairs, of at least two targets and two regions, from which it is everything.</summary>
    internal const double Nearly = 0.8;

    /// <summary>Runs of another agent that show it too, and as large a part of them as of the one that was found alone: then it is that agent's no more.</summary>
    private const int MostByChance = 2;
    private const double Alike = 0.75;

    /// <param name="signs">All pairs, flagged or not.</param>
    /// <param name="agentOf">The agent that alone ran a pair lately; null when several did or it is not known.</param>
    public IReadOnlyList<Blamed> Find(IReadOnlyCollection<Sign> signs, Func<Sign, string?> agentOf)
    {
        var found = Explain(signs, signs.Where(s => s.Flagged && s.Verdict.Shows).ToHashSet(), agentOf);
        var now = found.GroupBy(f => f.Cause.Key).ToDictionary(g => g.Key, g => (g.First().Cause, Signs: g.SelectMany(f => f.Signs).ToList()));
        foreach (var fading in signs.Where(s => s.Flagged && !s.Verdict.Shows))
        {
            var cause = _before.GetValueOrDefault((fading.Verdict.Check, fading.Verdict.Region)) ?? Alone(fading, signs);
            if (!now.TryGetValue(cause.Key, out var with))
            {
                now[cause.Key] = with = (cause, []);
            }

            with.Signs.Add(fading);
        }

        _before = now.Values.SelectMany(f => f.Signs.Select(s => (s.Verdict.Check, s.Verdict.Region, f.Cause))).ToDictionary(f => (f.Check, f.Region), f => f.Cause);
        return [.. now.Values.Select(f => new Blamed(f.Cause, f.Signs))];
    }

    private List<Blamed> Explain(IReadOnlyCollection<Sign> signs, HashSet<Sign> left, Func<Sign, string?> agentOf)
    {
        var found = new List<Blamed>();
        if (left.Count == 0)
        {
            return found;
        }

        TakeAgents(left, found);
        TakeAnswers(signs, left, found);
        if (left.Count > 1 && Everything(signs, left) is { } everything)
        {
            found.Add(everything);
            return found;
        }

        var candidates = Candidates(signs, left, agentOf);
        while (left.Count > 1 && candidates.Select(c => c.Weigh(left)).Where(c => c.Holds).OrderByDescending(c => (c.Left, c.Part, c.Rank)).FirstOrDefault() is { Holds: true } best)
        {
            var taken = best.Candidate.Pairs.Where(left.Contains).ToList();
            found.Add(new Blamed(Words.Of(best), taken));
            left.ExceptWith(taken);
        }

        found.AddRange(left.OrderBy(s => s.Verdict.Check, StringComparer.Ordinal).ThenBy(s => s.Verdict.Region, StringComparer.Ordinal).Select(s => new Blamed(Kept(s, signs) ?? Alone(s, signs), [s])));
        return found;
    }

    /// <summary>The phase that most of them say moved.</summary>
    internal static Phase? PhaseOf(IReadOnlyCollection<Sign> signs) =>
        signs.Where(s => s.Verdict.Evidence.Phase is not null).GroupBy(s => s.Verdict.Evidence.Phase).MaxBy(g => g.Count()) is { } most && 2 * most.Count() > signs.Count ? most.Key : null;

    // 1. What agents that ran the same check do not agree on. Once one was found alone it takes more than a few runs of the others to clear it.
    private void TakeAgents(HashSet<Sign> left, List<Blamed> found)
    {
        var alone = left.Select(s => (Sign: s, Only: AgentSplit.Only(s.Verdict.Evidence.ByAgent ?? []) ?? Still(s))).Where(s => s.Only is not null)
            // By name too: another project knows the same agent by its location's name alone.
            .GroupBy(s => (s.Sign.Verdict.Region, s.Only!.AgentId, s.Only.Agent)).OrderBy(g => g.Key.AgentId).ThenBy(g => g.Key.Agent, StringComparer.Ordinal).ToList();
        foreach (var agent in alone)
        {
            var (signs, only) = (agent.Select(a => a.Sign).ToList(), agent.First().Only!);
            found.Add(new Blamed(Words.OfAgent(only, agent.Key.Region, signs), signs));
            left.ExceptWith(signs);
        }
    }

    private AgentEvidence? Still(Sign sign) =>
        _before.GetValueOrDefault((sign.Verdict.Check, sign.Verdict.Region)) is { Culprit: Culprit.Agent } cause
        && sign.Verdict.Evidence.ByAgent is { Count: > 1 } agents && agents.MaxBy(a => (double)a.Showing / a.Runs) is { Showing: > 0 } most && most.Agent == cause.Agent
        && !agents.Any(a => a != most && a.Worse && a.Showing > MostByChance && (double)a.Showing / a.Runs >= Alike * most.Showing / most.Runs) ? most : null;

    // What runs that pass are answered otherwise is no sign of a network's or a target's trouble.
    private static void TakeAnswers(IReadOnlyCollection<Sign> signs, HashSet<Sign> left, List<Blamed> found)
    {
        foreach (var sign in left.Where(s => s.Verdict.Evidence.AnswerKind is not (null or DifferenceKind.DnsRefusal)).ToList())
        {
            found.Add(new Blamed(Alone(sign, signs), [sign]));
            left.Remove(sign);
        }
    }

    // 2. Nearly all there is.
    private static Blamed? Everything(IReadOnlyCollection<Sign> signs, HashSet<Sign> left)
    {
        var began = left.Min(s => s.Verdict.Since);
        var well = signs.Count(s => s.Since(began) == Bearing.Well);
        return left.DistinctBy(s => s.Target).Count() >= 2 && left.DistinctBy(s => s.Verdict.Region).Count() >= 2
            && left.Count >= 4 && left.Count >= Nearly * (left.Count + well)
            // Those that only lean speak for nothing, but nearly all are more than a half.
            && 2 * left.Count >= signs.Count(s => s.Verdict.Level != Level.Unknown)
            ? new Blamed(Words.OfEverything(left, well), [.. left]) : null;
    }

    // 3. Targets, regions, agents.
    private static List<Candidate> Candidates(IReadOnlyCollection<Sign> signs, HashSet<Sign> left, Func<Sign, string?> agentOf)
    {
        var all = new List<Candidate>();
        var (targets, regions) = (left.Select(s => s.Target).ToHashSet(StringComparer.Ordinal), left.Select(s => s.Verdict.Region).ToHashSet(StringComparer.Ordinal));
        all.AddRange(signs.Where(s => targets.Contains(s.Target)).GroupBy(s => s.Target).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Candidate(Culprit.Target, g.Key, "", "", [.. g])));
        all.AddRange(signs.Where(s => regions.Contains(s.Verdict.Region)).GroupBy(s => s.Verdict.Region).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Candidate(Culprit.Region, "", g.Key, "", [.. g])));
        var agents = left.Select(agentOf).Where(a => a is not null).ToHashSet();
        all.AddRange(signs.Where(s => regions.Contains(s.Verdict.Region)).Select(s => (Sign: s, Agent: agentOf(s))).Where(s => s.Agent is not null && agents.Contains(s.Agent))
            .GroupBy(s => (Agent: s.Agent!, s.Sign.Verdict.Region)).OrderBy(g => g.Key.Agent, StringComparer.Ordinal)
            .Select(g => new Candidate(Culprit.Agent, "", g.Key.Region, g.Key.Agent, [.. g.Select(s => s.Sign)])
            {
                // Only others in the region can tell an agent from it.
                Others = [.. signs.Where(s => s.Verdict.Region == g.Key.Region && agentOf(s) is { } other && other != g.Key.Agent)],
            }));
        return all;
    }

    // 4. The last of several that had one cause: the others are well again, but only just.
    private Cause? Kept(Sign sign, IReadOnlyCollection<Sign> signs) =>
        _before.GetValueOrDefault((sign.Verdict.Check, sign.Verdict.Region)) is { Culprit: not Culprit.Route } cause
        && signs.Any(s => s != sign && !s.Verdict.Shows && s.Lately && (cause.Target.Length == 0 || s.Target == cause.Target) && (cause.Region.Length == 0 || s.Verdict.Region == cause.Region))
            ? cause : null;

    // 5. One pair by itself.
    private static Cause Alone(Sign sign, IReadOnlyCollection<Sign> signs)
    {
        var (v, began) = (sign.Verdict, sign.Verdict.Since);
        var well = signs.Where(s => s != sign && s.Target == sign.Target && s.Since(began) == Bearing.Well).ToList();
        // Who was asked has run it since, whatever is known of its region.
        var asked = ConfirmedJudgment.WellElsewhere(v.Evidence.Confirmations ?? [], v.Region).Count(r => !well.Exists(s => s.Verdict.Region == r));
        var elsewhere = well.Count + asked;
        var beside = signs.Count(s => s != sign && s.Verdict.Region == v.Region && s.Target != sign.Target && s.Since(began) == Bearing.Well);
        // With nothing elsewhere to hold it against, what the run itself says is all there is.
        var target = elsewhere == 0 && (v.Evidence.Superiority is null ? v.Evidence.FailureSource is "target" : v.Evidence.Phase is Phase.Wait or Phase.Transfer);
        var region = elsewhere == 0 && beside == 0 && (v.Evidence.Phase == Phase.Dns || v.Evidence.FailureSource == "dns");
        return v.Evidence.AnswerKind is not null ? Words.OfOne(sign, Culprit.Answer, elsewhere, beside)
            : Words.OfOne(sign, region ? Culprit.Region : target ? Culprit.Target : Culprit.Route, elsewhere, beside);
    }
}
