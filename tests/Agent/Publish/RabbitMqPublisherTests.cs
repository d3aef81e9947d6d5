using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent.Publish;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using RabbitMQ.Client;

namespace Probes.Tests.Agent.Publish;

public sealed class RabbitMqPublisherTests
{
    private const string Queue = "probes.ingest";
    private static readonly byte[] Body = [1, 2, 3];

    [Test]
    public async Task A_confirmed_batch_is_in_the_queue_persistent_and_says_who_sent_it()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await DeclareAsync(uri);
        await using var publisher = Publisher(uri);
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Confirmed));
        var message = await GetAsync(uri);
        Assert.That(message?.Body.ToArray(), Is.EqualTo(Body));
        Assert.That(message!.BasicProperties.DeliveryMode, Is.EqualTo(DeliveryModes.Persistent));
        Assert.That(message.BasicProperties.UserId, Is.EqualTo(uri.UserInfo.Split(':')[0]));
        Assert.That(message.BasicProperties.ContentType, Is.EqualTo("application/x-protobuf"));
    }

    [Test]
    public async Task A_batch_that_no_queue_takes_is_tried_again_not_forgotten()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await DeclareAsync(uri, bind: false);
        await using var publisher = Publisher(uri);
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Retry));
        await DeclareAsync(uri);
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Confirmed));
    }

    [Test]
    public async Task An_exchange_that_does_not_exist_yet_is_waited_for()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var publisher = Publisher(uri);
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Retry));
        await DeclareAsync(uri);
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Confirmed));
    }

    [Test]
    public async Task Nobody_listening_there_is_a_retry() =>
        Assert.That(
            await Publisher(new Uri($"amqp://guest:guest@127.0.0.1:{FreePort.Next()}/")).PublishAsync(Body, CancellationToken.None),
            Is.EqualTo(PublishOutcome.Retry));

    [Test]
    public async Task A_broker_that_stops_answering_is_given_up_after_the_limit()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await DeclareAsync(uri);
        await using var proxy = new DelayProxy(IPAddress.Loopback, 0, new IPEndPoint(IPAddress.Parse(uri.Host), uri.Port))
        {
            Delay = TimeSpan.FromMinutes(5),
        };
        var through = new UriBuilder(uri) { Host = "127.0.0.1", Port = proxy.Port }.Uri;
        await using var publisher = Publisher(through, TimeSpan.FromMilliseconds(500));
        var outcome = await publisher.PublishAsync(Body, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(outcome, Is.EqualTo(PublishOutcome.Retry));
        proxy.Delay = TimeSpan.Zero;
        Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Confirmed).Or.EqualTo(PublishOutcome.Retry));
    }

    [Test]
    public async Task A_stop_while_publishing_is_a_cancellation_not_an_outcome()
    {
        var uri = await RabbitMqFixture.CleanAsync();
        await using var publisher = Publisher(uri);
        Assert.That(
            async () => await publisher.PublishAsync(Body, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    internal static async Task DeclareAsync(Uri uri, bool bind = true)
    {
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("probes.results", ExchangeType.Topic, durable: true);
        if (bind)
        {
            await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false,
                new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await channel.QueueBindAsync(Queue, "probes.results", "#");
        }
    }

    internal static async Task<BasicGetResult?> GetAsync(Uri uri)
    {
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await channel.BasicGetAsync(Queue, autoAck: true);
    }

    internal static Amqp Target(Uri uri) => new() { Uri = uri.ToString(), Exchange = "probes.results", RoutingKey = "results" };

    private static RabbitMqPublisher Publisher(Uri uri, TimeSpan? limit = null) =>
        new(Target(uri), TimeProvider.System, NullLogger<RabbitMqPublisher>.Instance) { Limit = limit ?? TimeSpan.FromSeconds(10) };
}
