using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Ingest;

namespace Probes.Orchestrator.Sessions;

/// <summary>Where agents are told to publish: to the broker when there is one, else over gRPC to this orchestrator.</summary>
internal sealed class PublishTargets(IConfiguration configuration)
{
    internal PublishTarget For(CatalogAgent agent)
    {
        var broker = configuration["Bus:ConnectionString"];
        var given = configuration["Bus:AgentConnectionString"] is { Length: > 0 } own ? own : broker;
        return string.IsNullOrEmpty(broker)
            ? new PublishTarget { Relay = new Relay() }
            : new PublishTarget { Amqp = new Amqp { Uri = given, Exchange = BusTopology.Exchange, RoutingKey = BusTopology.RoutingKey } };
    }
}
