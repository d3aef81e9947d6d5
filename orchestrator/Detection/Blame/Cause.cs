using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Detection.Blame;

/// <summary>What a degradation may be blamed on.</summary>
public enum Culprit
{
    /// <summary>The way from one region to one target, or the point of presence that serves it there: the target is well elsewhere, and the region's other checks are well.</summary>
    Route = 1,

    /// <summary>One agent: others in its region do not see it.</summary>
    Agent,

    /// <summary>A region's network, or its resolver: what is checked from there is worse, and is well elsewhere.</summary>
    Region,

    /// <summary>One target: it is worse wherever it is checked from.</summary>
    Target,

    /// <summary>Something that many targets and regions share: nearly everything is worse at once.</summary>
    Everything,

    /// <summary>What one region is answered for one target: another certificate, other records, old content. It is the DNS, a point of presence, or somebody between.</summary>
    Answer,
}

/// <summary>What explains several degradations at once. Two are the same cause when culprit, target, region and agent are.</summary>
/// <param name="Culprit">What kind of thing.</param>
/// <param name="Target">Host of the target, for target, route and answer; else empty.</param>
/// <param name="Region">For region, route, answer and agent; else empty.</param>
/// <param name="Agent">Name, for agent; else empty.</param>
/// <param name="Phase">The phase that moved most in most of what is explained; null when failures or several phases did.</param>
/// <param name="Worse">Pairs of check and region that it explains.</param>
/// <param name="Well">Pairs that could have shown it too, and are well; what speaks against it, or sets its bounds.</param>
/// <param name="Words">In words, with the numbers it rests on.</param>
public sealed record Cause(Culprit Culprit, string Target, string Region, string Agent, Phase? Phase, int Worse, int Well, string Words)
{
    /// <summary>The same for the same cause, at whatever time.</summary>
    internal string Key => $"{Culprit}|{Target}|{Region}|{Agent}".ToLowerInvariant();
}
