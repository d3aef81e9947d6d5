using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Detection.Quorum;

/// <summary>Which agents of a region may be held against each other and against their past: those that measure by one engine. Pure.</summary>
internal static class Engines
{
    /// <summary>The engine that most of them measure by; of equals the newest. Null when none is known.</summary>
    public static string? Reference(IEnumerable<int> agents, IReadOnlyDictionary<int, AgentEngine> known) =>
        agents.Where(known.ContainsKey).GroupBy(a => known[a].Engine, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key, Newer).FirstOrDefault()?.Key;

    /// <summary>
    /// From which minute on an agent's minutes count, for those of which not all do: never (<see cref="long.MaxValue"/>) when it measures by another engine than the reference; since the
    /// change when it measures by it only since then. Who never said counts: nothing is known against it.
    /// </summary>
    public static IReadOnlyDictionary<int, long> CountsFrom(IEnumerable<int> agents, string? reference, IReadOnlyDictionary<int, AgentEngine> known) =>
        agents.Distinct().Where(known.ContainsKey).Select(a => (Agent: a, From: known[a].Engine != reference ? long.MaxValue : known[a].Since))
            .Where(a => a.From > 0).ToDictionary(a => a.Agent, a => a.From);

    /// <summary>Whether there is nothing to leave out anywhere: all measure by one engine, and have for as long as histories reach.</summary>
    /// <param name="known">All agents.</param>
    /// <param name="oldest">The oldest minute that any history holds.</param>
    public static bool AreAlike(IReadOnlyDictionary<int, AgentEngine> known, long oldest) =>
        known.Values.All(e => e.Since <= oldest) && known.Values.Select(e => e.Engine).Distinct(StringComparer.Ordinal).Count() <= 1;

    /// <summary>Whether an agent may confirm what others see: it measures by the engine of most of them, or one of both is not known.</summary>
    public static bool MayConfirm(int agent, IEnumerable<int> seenBy, IReadOnlyDictionary<int, AgentEngine> known) =>
        !known.TryGetValue(agent, out var own) || Reference(seenBy, known) is not { } reference || reference == own.Engine;

    private static readonly Comparer<string> Newer = Comparer<string>.Create((a, b) =>
        long.TryParse(a, out var one) && long.TryParse(b, out var other) ? one.CompareTo(other) : string.CompareOrdinal(a, b));
}
