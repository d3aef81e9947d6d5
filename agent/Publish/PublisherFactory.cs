using System.Reflection;
using Microsoft.Extensions.Logging;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Makes the publisher that a route asks for.</summary>
internal class PublisherFactory(TimeProvider time, ILoggerFactory logs)
{
    /// <summary>Version of this agent's measuring, written into batches: results of versions that measure differently are not compared.</summary>
    public string EngineVersion { get; } =
        typeof(PublisherFactory).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public virtual IBatchPublisher Create(PublishRoute route) => route.Target.KindCase switch
    {
        Wire.PublishTarget.KindOneofCase.Amqp => new RabbitMqPublisher(
            route.Target.Amqp, time, logs.CreateLogger<RabbitMqPublisher>(), route.AgentId, route.Credential),

        // Relay, and what a newer orchestrator may say that this agent does not know: the relay is always there.
        _ => new RelayPublisher(
            new Wire.ResultRelay.ResultRelayClient(route.Channel), route.Credential, time, logs.CreateLogger<RelayPublisher>()),
    };
}
