namespace Probes.Orchestrator.Detection.Blame;

/// <summary>Something that could be to blame.</summary>
/// <param name="Pairs">All that would show it.</param>
internal sealed record Candidate(Culprit Culprit, string Target, string Region, string Agent, IReadOnlyList<Sign> Pairs)
{
    /// <summary>For an agent: pairs of its region that others ran.</summary>
    public IReadOnlyList<Sign> Others { get; init; } = [];

    public Weighed Weigh(HashSet<Sign> left)
    {
        var open = Pairs.Where(left.Contains).ToList();
        if (open.Count < 2)
        {
            return default;
        }

        var began = open.Min(s => s.Verdict.Since);
        var (worse, leaning, well) = (0, 0, 0);
        foreach (var bearing in Pairs.Select(p => p.Since(began)))
        {
            worse += bearing == Bearing.Worse ? 1 : 0;
            leaning += bearing == Bearing.Leaning ? 1 : 0;
            well += bearing == Bearing.Well ? 1 : 0;
        }

        var part = (worse + (0.5 * leaning)) / (worse + (0.5 * leaning) + well);
        var spread = Culprit switch
        {
            Culprit.Target => open.DistinctBy(s => s.Verdict.Region).Count(),
            _ => open.DistinctBy(s => s.Target).Count(),
        };
        var apart = Culprit != Culprit.Agent || Others.Count(o => o.Since(began) == Bearing.Well) >= Math.Max(1, Others.Count(o => o.Flagged) * 3);
        return new Weighed(this, open, open.Count, worse, well, part, spread >= 2 && apart && part >= Blamer.Least);
    }
}

/// <param name="Open">What it would explain of what is left.</param>
/// <param name="Left">How many these are.</param>
/// <param name="Worse">Of its pairs, those that are flagged.</param>
/// <param name="Well">Those that are well.</param>
/// <param name="Part">Of those that say something, the part that is flagged.</param>
/// <param name="Holds">Whether it may be taken.</param>
internal readonly record struct Weighed(Candidate Candidate, IReadOnlyList<Sign> Open, int Left, int Worse, int Well, double Part, bool Holds)
{
    /// <summary>Of equals the narrower is taken: an agent before its region, a target before a region.</summary>
    public int Rank => Candidate.Culprit switch { Culprit.Agent => 2, Culprit.Target => 1, _ => 0 };
}
