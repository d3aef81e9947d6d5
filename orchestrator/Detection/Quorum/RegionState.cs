using System.Globalization;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Orchestrator.Detection.Quorum;

/// <summary>What is true of a region over all the checks that run there: of the region itself, not of the targets that are watched from it.</summary>
/// <param name="Level">
/// Down or degraded when what is wrong there is blamed on the region (its network, its resolver) or on something that all share; healthy when it is not and something is known; else unknown.
/// </param>
/// <param name="Checks">How many of its checks are of each level, those in maintenance left out.</param>
/// <param name="Agents">Agents there that alone see trouble, each with what is known of it.</param>
/// <param name="Words">In one sentence.</param>
public sealed record RegionState(string Region, Level Level, IReadOnlyDictionary<Level, int> Checks, IReadOnlyList<AgentTrouble> Agents, string Words);

/// <param name="Agent">Its name; its location's for those who must not know it.</param>
/// <param name="Level">The worst that a check is there by its fault.</param>
/// <param name="Words">What speaks for it.</param>
public sealed record AgentTrouble(string Agent, Level Level, string Words);

/// <summary>Verdicts of checks as states of regions. Pure.</summary>
internal static class RegionStates
{
    public static IReadOnlyList<RegionState> Of(IEnumerable<Verdict> verdicts) =>
        [.. verdicts.Where(v => v.Maintenance is null).GroupBy(v => v.Region, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Of(g.Key, [.. g]))];

    private static RegionState Of(string region, IReadOnlyList<Verdict> checks)
    {
        var own = checks.Where(v => v.Cause is { Culprit: Culprit.Region or Culprit.Everything }).ToList();
        var agents = checks.Where(v => v.Cause is { Culprit: Culprit.Agent }).GroupBy(v => v.Cause!.Agent, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new AgentTrouble(g.Key, Levels.Worst(g.Select(v => v.Level)), g.First().Cause!.Words)).ToList();
        var levels = checks.GroupBy(v => v.Level).ToDictionary(g => g.Key, g => g.Count());
        var level = own.Count > 0 ? Levels.Worst(own.Select(v => v.Level)) : levels.Keys.Any(l => l != Level.Unknown) ? Level.Healthy : Level.Unknown;
        var flagged = checks.Count(v => v.Level is Level.Degraded or Level.Down);
        var words = own.Count > 0 ? own[0].Cause!.Words
            : level == Level.Unknown ? $"nothing is known of {region} now"
            : flagged == 0 ? string.Create(CultureInfo.InvariantCulture, $"nothing is wrong in {region}: {checks.Count} {(checks.Count == 1 ? "check" : "checks")}")
            : string.Create(CultureInfo.InvariantCulture, $"{flagged} of {checks.Count} checks are not well from {region}, by no fault of the region");
        return new RegionState(region, level, levels, agents, words);
    }
}
