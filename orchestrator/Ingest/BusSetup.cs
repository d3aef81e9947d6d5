using System.Net.Security;
using System.Security.Authentication;
using MassTransit;

namespace Probes.Orchestrator.Ingest;

/// <summary>The bus by settings: RabbitMQ with its topology, or in memory. All that knows MassTransit stands in this folder.</summary>
internal static class BusSetup
{
    public static void Configure(IBusRegistrationConfigurator bus, BusOptions options)
    {
        bus.DisableUsageTelemetry();
        bus.ConfigureHealthCheckOptions(health =>
        {
            // The check of this room says more; one of them is enough for readiness.
            health.Name = "masstransit-bus";
            health.Tags.Clear();
        });
        bus.AddConsumer<BatchConsumer>(consumer => consumer.Options<BatchOptions>(group => group
            .SetMessageLimit(options.GroupSize)
            .SetTimeLimit(options.GroupDelay)
            .SetConcurrencyLimit(options.Groups)));
        if (options.ConnectionString.Length == 0)
        {
            bus.UsingInMemory((context, config) => InMemory(context, config, options));
        }
        else
        {
            bus.AddConsumer<DeadConsumer>();
            bus.UsingRabbitMq((context, config) => RabbitMq(context, config, options));
        }
    }

    private static void InMemory(IBusRegistrationContext context, IInMemoryBusFactoryConfigurator config, BusOptions options)
    {
        Raw(config);
        config.ReceiveEndpoint(BusTopology.Queue, endpoint => Consume(context, endpoint, options));
    }

    private static void RabbitMq(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator config, BusOptions options)
    {
        Host(config, new Uri(options.ConnectionString), options.CaFile);
        Raw(config);
        config.ReceiveEndpoint(BusTopology.Queue, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.SetQueueArgument("x-delivery-limit", BusTopology.DeliveryLimit);
            endpoint.BindDeadLetterQueue(BusTopology.Dead, BusTopology.Dead, dead => dead.SetQuorumQueue());
            endpoint.Bind(BusTopology.Exchange, binding =>
            {
                binding.ExchangeType = RabbitMQ.Client.ExchangeType.Topic;
                binding.Durable = true;
                binding.RoutingKey = "#";
            });
            Consume(context, endpoint, options);
        });
        config.ReceiveEndpoint(BusTopology.Dead, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            endpoint.PrefetchCount = 16;
            endpoint.RethrowFaultedMessages();
            endpoint.ThrowOnSkippedMessages();
            endpoint.ConfigureConsumer<DeadConsumer>(context);
        });
    }

    private static void Raw(IBusFactoryConfigurator config)
    {
        var raw = new RawBatchSerializer();
        config.ClearSerialization();
        config.AddSerializer(raw);
        config.AddDeserializer(raw, isDefault: true);
    }

    private static void Consume(IBusRegistrationContext context, IReceiveEndpointConfigurator endpoint, BusOptions options)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;

        // Enough for every group being stored, and as much again on its way.
        endpoint.PrefetchCount = 2 * options.GroupSize * options.Groups;
        endpoint.ConcurrentMessageLimit = 2 * options.GroupSize * options.Groups;

        // What fails goes back to the queue, not to an error queue that nobody reads; the delivery limit ends it.
        endpoint.RethrowFaultedMessages();
        endpoint.ThrowOnSkippedMessages();
        endpoint.ConfigureConsumer<BatchConsumer>(context);
    }

    private static void Host(IRabbitMqBusFactoryConfigurator config, Uri uri, string caFile)
    {
        var secure = uri.Scheme == "amqps";
        var port = uri.Port > 0 ? uri.Port : secure ? 5671 : 5672;
        var credentials = uri.UserInfo.Split(':', 2);
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        config.Host(uri.Host, (ushort)port, path.Length == 0 ? "/" : path, "probes-orchestrator", host =>
        {
            host.Username(credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : "guest");
            host.Password(credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : "guest");
            if (secure)
            {
                host.UseSsl(ssl =>
                {
                    ssl.Protocol = SslProtocols.Tls12 | SslProtocols.Tls13;
                    ssl.ServerName = uri.Host;

                    // Without this an untrusted certificate would be accepted.
                    ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors
                        | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable);
                    if (caFile.Length > 0)
                    {
                        ssl.CertificateValidationCallback = new BrokerTrust(caFile).IsBelieved;
                    }
                });
            }
        });
    }
}
