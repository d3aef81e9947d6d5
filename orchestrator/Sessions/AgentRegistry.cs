using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Sessions;

/// <summary>Every enrolled agent, with what its session here last said.</summary>
internal sealed class AgentRegistry(ICatalog catalog, SessionHub hub, Presence presence) : IAgentRegistry
{
    public IReadOnlyList<AgentStatus> Agents()
    {
        var current = catalog.Current;
        return
        [
            .. current.AgentsById.Values.Where(a => !a.Deleted)
                .Select(a => Status(a, current.RegionOfLocation(a.Location)))
                .OrderBy(a => a.Location, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal),
        ];
    }

    private AgentStatus Status(CatalogAgent agent, string region)
    {
        var slot = hub.Find(agent.PublicId);
        var elsewhere = presence.IsElsewhere(agent, slot);
        if (slot is not null && !elsewhere)
        {
            return slot.Status(agent, region);
        }

        var (seen, version) = presence.Of(agent.Id);
        return new AgentStatus
        {
            Id = agent.Id,
            PublicId = agent.PublicId,
            Name = agent.Name,
            Location = agent.Location,
            Region = region,
            Online = elsewhere,
            LastSeenAt = seen,
            Version = version,
            Disabled = agent.Disabled,
            Drained = agent.Drained,
        };
    }
}
