using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Adherence;

/// <summary>Why a region says nothing, in words: silence is never health.</summary>
internal sealed class Silence(ICatalog catalog, IAgentRegistry registry)
{
    /// <summary>Results that may wait at agents without being late: a batch, about a second's worth.</summary>
    private const int OnTheWay = 100;

    /// <summary>All agents as they are now.</summary>
    public IReadOnlyList<AgentStatus> Agents() => registry.Agents();

    /// <summary>As <see cref="Why(IReadOnlyList{AgentStatus})"/>, for the agents that should run a check in a region.</summary>
    /// <param name="check">The check.</param>
    /// <param name="region">The region.</param>
    /// <param name="agents">From <see cref="Agents"/>.</param>
    public string Why(Check check, string region, IReadOnlyList<AgentStatus> agents)
    {
        var snapshot = catalog.Current;
        var locations = Regions.Locations(snapshot, check, region).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        return Why([.. agents.Where(a => locations.Contains(a.Location) && snapshot.AgentsById.GetValueOrDefault(a.Id) is not { Deleted: true })]);
    }

    /// <summary>The first thing that explains silence; empty when nothing does.</summary>
    /// <param name="agents">Those of the region.</param>
    internal static string Why(IReadOnlyList<AgentStatus> agents)
    {
        if (agents.Count == 0)
        {
            return "no agent is enrolled there";
        }

        var enabled = agents.Where(a => !a.Disabled).ToList();
        if (enabled.Count == 0)
        {
            return agents.Count == 1 ? "its agent is disabled" : "all of its agents are disabled";
        }

        var working = enabled.Where(a => !a.Drained).ToList();
        if (working.Count == 0)
        {
            return enabled.Count == 1 ? "its agent is drained" : "all of its agents are drained";
        }

        if (!working.Exists(a => a.Online))
        {
            return working.Max(a => a.LastSeenAt) is { } seen
                ? string.Create(CultureInfo.InvariantCulture, $"no agent is online, the last was heard of at {seen.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC") : "no agent was ever online";
        }

        var unfit = AgentFitness.Of(working);
        var waiting = working.Sum(a => a.SpoolDepth);
        return unfit is not null ? unfit.Words
            : waiting > OnTheWay ? string.Create(CultureInfo.InvariantCulture, $"results are late, {waiting} wait at its agents") : "";
    }
}
