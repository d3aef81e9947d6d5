using Microsoft.Extensions.Logging;
using Probes.Agent.Probes;
using Probes.Agent.Session;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Makes the publisher that a route asks for.</summary>
internal class PublisherFactory(AgentOptions options, OrchestratorTrust trust, PublishTargetSource targets, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>Version of this agent's measuring, written into batches: results of versions that measure differently are not compared.</summary>
    public string EngineVersion { get; } = ProbeCatalog.EngineVersion;

    public virtual IBatchPublisher Create(PublishRoute route) => route.Target.KindCase switch
    {
        Wire.PublishTarget.KindOneofCase.Amqp when options.Transport == AgentTransport.Amqp => Broker(route),
        Wire.PublishTarget.KindOneofCase.Amqp => new FallbackPublisher(
            Broker(route), Relay(route), targets.Use, new Random(), time, logs.CreateLogger<FallbackPublisher>()),

        // Relay, and what a newer orchestrator may say that this agent does not know: the relay is always there.
        _ => Relay(route),
    };

    private RabbitMqPublisher Broker(PublishRoute route) =>
        new(route.Target.Amqp, time, logs.CreateLogger<RabbitMqPublisher>(), new BrokerLogin(route.AgentId, route.Credential, trust));

    private RelayPublisher Relay(PublishRoute route) =>
        new(new Wire.ResultRelay.ResultRelayClient(route.Channel), route.Credential, time, logs.CreateLogger<RelayPublisher>());
}
