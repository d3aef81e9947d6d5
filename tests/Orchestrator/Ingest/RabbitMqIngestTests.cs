using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent.Publish;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using RabbitMQ.Client;

namespace Probes.Tests.Orchestrator.Ingest;

public sealed class RabbitMqIngestTests
{
    [Test]
    public async Task What_an_agent_publishes_is_stored_once_and_what_is_bad_is_a_dead_letter()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var host = await IngestHost.StartAsync(uri);
        await host.ReadyAsync();
        await using var publisher = Publisher(uri);
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < 20; i++)
        {
            await ConfirmedAsync(publisher, Batches.Bytes(100, first: 1 + (i * 100), now: now));
        }

        await ConfirmedAsync(publisher, Batches.Bytes(100, now: now));
        await ConfirmedAsync(publisher, [0xff, 0xff, 0xff]);
        await Poll.UntilAsync(
            () => Task.FromResult(host.Counts.Received == 2100 && host.Counts.DeadLettered == 1), TimeSpan.FromSeconds(30), "all taken");
        Assert.That((host.Counts.Stored, host.Counts.Duplicate, host.Counts.Rejected), Is.EqualTo((2000L, 100L, 0L)));
        Assert.That(host.Store.Letters.Single().Source, Is.EqualTo(uri.UserInfo.Split(':')[0]));
        Assert.That(await DepthAsync(uri, "probes.ingest"), Is.Zero);
    }

    [Test]
    public async Task A_relayed_batch_goes_over_the_broker_too()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var host = await IngestHost.StartAsync(uri);
        await host.ReadyAsync();
        await host.Relay().PublishAsync(
            new RelayRequest { Batch = ByteString.CopyFrom(Batches.Bytes(3, now: TimeProvider.System.GetUtcNow())) },
            new Metadata { { "authorization", "Bearer agent-1" } });
        await Poll.UntilAsync(() => Task.FromResult(host.Store.Count == 3), TimeSpan.FromSeconds(30), "stored");
    }

    [Test]
    public async Task What_was_not_committed_when_an_orchestrator_ends_is_taken_by_the_next()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var publisher = Publisher(uri);
        await using (var first = await IngestHost.StartAsync(uri))
        {
            await first.ReadyAsync();
            first.Store.Answers = false;
            first.Store.Before = _ => throw new IOException("away");
            await ConfirmedAsync(publisher, Batches.Bytes(10, now: TimeProvider.System.GetUtcNow()));
            await Poll.UntilAsync(() => Task.FromResult(first.Counts["probes_store_failures_total"] > 0), TimeSpan.FromSeconds(30), "it was tried");
        }

        await using var second = await IngestHost.StartAsync(uri);
        await Poll.UntilAsync(() => Task.FromResult(second.Store.Count == 10), TimeSpan.FromSeconds(60), "the next one stored it");
    }

    [Test]
    public async Task An_unreachable_broker_is_told_by_readiness_and_waited_for()
    {
        await using var node = await RabbitMqNode.StartNewAsync();
        await node.StopAsync();
        await using var host = await IngestHost.StartAsync(node.Uri);
        await Poll.UntilAsync(async () => (await host.HealthAsync()).Status == HealthStatus.Unhealthy, TimeSpan.FromSeconds(20), "readiness says so");
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var health = (await host.HealthAsync()).Entries["bus"];
        TestContext.Out.WriteLine(health.Description);
        Assert.That(health.Description, Does.Contain($"127.0.0.1:{node.Uri.Port}").And.Not.Contain("guest"));
        await node.StartAsync();
        await host.ReadyAsync(TimeSpan.FromSeconds(90));
        await using var publisher = Publisher(node.Uri);
        await ConfirmedAsync(publisher, Batches.Bytes(10, now: TimeProvider.System.GetUtcNow()));
        await Poll.UntilAsync(() => Task.FromResult(host.Store.Count == 10), TimeSpan.FromSeconds(30), "stored");
    }

    [Test]
    public async Task The_queue_is_a_quorum_queue_with_a_delivery_limit_and_dead_letters()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var host = await IngestHost.StartAsync(uri);
        await host.ReadyAsync();
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-delivery-limit"] = 20,
            ["x-dead-letter-exchange"] = "probes.dead",
        };

        // Declaring again with the same arguments succeeds; with others the broker refuses.
        await channel.QueueDeclareAsync("probes.ingest", durable: true, exclusive: false, autoDelete: false, arguments);
        await channel.ExchangeDeclareAsync("probes.results", ExchangeType.Topic, durable: true);
        Assert.That((await channel.QueueDeclarePassiveAsync("probes.dead")).MessageCount, Is.Zero);
    }

    [Test]
    public async Task What_was_delivered_again_and_again_in_vain_leaves_the_queue_and_is_kept_with_its_reason()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using (var first = await IngestHost.StartAsync(uri))
        {
            await first.ReadyAsync();
        }

        // An orchestrator that dies of a batch each time it has it: here, one that goes away with it in its hands.
        await using var publisher = Publisher(uri);
        await ConfirmedAsync(publisher, Batches.Bytes(5, now: TimeProvider.System.GetUtcNow()));
        await using (var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync())
        {
            await using var channel = await connection.CreateChannelAsync();
            var deliveries = 0;
            await Poll.UntilAsync(
                async () =>
                {
                    if (await channel.BasicGetAsync("probes.ingest", autoAck: false) is { } taken)
                    {
                        deliveries++;
                        await channel.BasicNackAsync(taken.DeliveryTag, multiple: false, requeue: true);
                    }

                    return await DepthAsync(uri, "probes.dead") == 1;
                },
                TimeSpan.FromSeconds(60), "it is given up", TimeSpan.FromMilliseconds(50));
            Assert.That(deliveries, Is.InRange(20, 22));
        }

        await using var second = await IngestHost.StartAsync(uri);
        await Poll.UntilAsync(() => Task.FromResult(second.Store.Letters.Count == 1), TimeSpan.FromSeconds(60), "it is kept");
        Assert.That(second.Store.Letters.Single().Reason, Is.EqualTo("undeliverable: delivered 20 times, and never taken"));
        Assert.That(second.Store.Letters.Single().Body, Has.Length.GreaterThan(100));
        Assert.That(second.Store.Stored, Is.Empty);
        await Poll.UntilAsync(async () => await DepthAsync(uri, "probes.dead") == 0, TimeSpan.FromSeconds(20), "the broker's queue is empty");
    }

    private static RabbitMqPublisher Publisher(Uri uri) => new(
        new Amqp { Uri = uri.ToString(), Exchange = "probes.results", RoutingKey = "results" }, TimeProvider.System, NullLogger<RabbitMqPublisher>.Instance);

    private static async Task ConfirmedAsync(RabbitMqPublisher publisher, byte[] body) =>
        Assert.That(await publisher.PublishAsync(body, CancellationToken.None), Is.EqualTo(PublishOutcome.Confirmed));

    private static async Task<uint> DepthAsync(Uri uri, string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await channel.MessageCountAsync(queue);
    }
}
