using System.Collections.Immutable;
using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Detection.Quorum;

/// <summary>Leaves out of a region's history what another engine measured, and says so.</summary>
internal static class EngineView
{
    /// <summary>Minutes of history that a watch can reach back: a baseline of a week, the window after it, and a day of incidents between.</summary>
    private const int Reach = 9 * MinuteHistory.Day;

    /// <summary>Whether nothing is left out of any history. Looks at all agents: it is asked once for all pairs of a round.</summary>
    public static bool AreAlike(long minute, IReadOnlyDictionary<int, AgentEngine> known) => Engines.AreAlike(known, minute - Reach);

    /// <summary>Applies it to one pair.</summary>
    /// <param name="history">Its minutes.</param>
    /// <param name="check">Its check.</param>
    /// <param name="minute">That is judged.</param>
    /// <param name="known">Engines of all agents.</param>
    /// <param name="alike">From <see cref="AreAlike"/>.</param>
    /// <returns>Its engine, when something is left out; else null.</returns>
    public static string? Apply(MinuteHistory history, Check check, long minute, IReadOnlyDictionary<int, AgentEngine> known, bool alike)
    {
        if (alike)
        {
            history.CountsFrom = ImmutableDictionary<int, long>.Empty;
            return null;
        }

        // Those that run it now decide; who ran it before must fit.
        var reference = Engines.Reference(history.AgentsOf(minute - Math.Max(5, MinuteHistory.MostWindow(check)), minute), known) ?? Engines.Reference(history.Agents, known);
        history.CountsFrom = Engines.CountsFrom(history.Agents, reference, known);
        return history.CountsFrom.Count > 0 ? reference : null;
    }

    /// <summary>The verdict with what was left out of it.</summary>
    public static Verdict Told(Verdict verdict, MinuteHistory history, string? engine, IReadOnlyDictionary<int, AgentEngine> known, CatalogSnapshot snapshot)
    {
        if (engine is null)
        {
            return verdict;
        }

        var left = history.CountsFrom.OrderBy(a => a.Key).Select(a => a.Value == long.MaxValue
            ? $"{Agents.NameOf(a.Key, verdict.Check, snapshot)} (engine {known[a.Key].Engine})"
            : string.Create(CultureInfo.InvariantCulture, $"{Agents.NameOf(a.Key, verdict.Check, snapshot)} before {MinuteHistory.Start(a.Value).UtcDateTime:yyyy-MM-dd HH:mm} UTC")).ToList();
        return verdict with
        {
            Evidence = verdict.Evidence with { Engine = engine, LeftOut = left },
            Sentence = $"{verdict.Sentence.TrimEnd('.')}; measured by engine {engine}, left out: {string.Join(", ", left.Take(3))}{(left.Count > 3 ? $" and {left.Count - 3} more" : "")}.",
        };
    }
}
