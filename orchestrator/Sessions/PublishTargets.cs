using Microsoft.Extensions.Options;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Ingest;

namespace Probes.Orchestrator.Sessions;

/// <summary>Where agents are told to publish: to the broker when there is one, else over gRPC to this orchestrator.</summary>
internal sealed class PublishTargets(IOptions<BusOptions> options)
{
    internal PublishTarget For(CatalogAgent agent)
    {
        var bus = options.Value;
        return bus.ConnectionString.Length == 0
            ? new PublishTarget { Relay = new Relay() }
            : new PublishTarget
            {
                Amqp = new Amqp
                {
                    Uri = bus.AgentConnectionString.Length > 0 ? bus.AgentConnectionString : bus.ConnectionString,
                    Exchange = BusTopology.Exchange,
                    RoutingKey = BusTopology.RoutingKey,
                    AgentIdentity = bus.AgentsHaveIdentities,
                },
            };
    }
}
