using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Probes.Agent.Publish;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using RabbitMQ.Client;

namespace Probes.Tests.Agent.Publish;

/// <summary>A real broker that is full, out of memory, or closes what agents have open.</summary>
public sealed class BrokerTroubleTests
{
    private const string Queue = "probes.ingest";
    private static readonly byte[] Body = [1, 2, 3];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private RabbitMqNode _node = null!;
    private LogLines _log = null!;

    [OneTimeSetUp]
    public async Task Start() => _node = await RabbitMqNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [SetUp]
    public void SetUp() => _log = new LogLines();

    [TearDown]
    public async Task TearDown()
    {
        _log.Dispose();
        await WithChannelAsync(async channel =>
        {
            await channel.QueueDeleteAsync(Queue);
            await channel.ExchangeDeleteAsync("probes.results");
            return 0;
        });
    }

    [Test]
    public async Task What_a_full_queue_refuses_stays_spooled_and_arrives_once_when_there_is_room()
    {
        await DeclareAsync(new() { ["x-max-length"] = 3, ["x-overflow"] = "reject-publish" });
        await using var publisher = Publisher();
        using var sender = await SpoolSender.StartAsync(publisher);
        sender.Append(0, 100);
        await Poll.UntilAsync(() => Task.FromResult(_log.Of(LogLevel.Warning).Any(l => l.Contains("did not take a batch"))), TimeSpan.FromSeconds(30), "a refusal");
        await Poll.UntilAsync(() => Task.FromResult(sender.Spool.Depth <= 80), TimeSpan.FromSeconds(30), "what the queue had room for is confirmed");
        Assert.That(sender.Spool.Depth, Is.GreaterThanOrEqualTo(60), "what it had no room for is kept");

        var arrived = new List<ResultBatch>();
        await Poll.UntilAsync(async () =>
        {
            arrived.AddRange(await TakeAllAsync());
            return sender.Spool.Depth == 0;
        }, TimeSpan.FromSeconds(120), "all confirmed as room is made");
        arrived.AddRange(await TakeAllAsync());
        Assert.That(arrived.SelectMany(SpoolSender.Numbers).Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That((sender.Spool.Dropped, sender.Spool.Quarantined), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_broker_out_of_memory_is_told_once_kept_and_gets_everything_when_it_has_room_again()
    {
        await DeclareAsync();
        await using var publisher = Publisher();
        using var sender = await SpoolSender.StartAsync(publisher);
        sender.Append(0, 20);
        await Poll.UntilAsync(() => Task.FromResult(sender.Spool.Depth == 0), TimeSpan.FromSeconds(30), "all confirmed before");
        await _node.ControlAsync("set_vm_memory_high_watermark", "0.0000001");
        try
        {
            sender.Append(20, 20);
            await Poll.UntilAsync(() => Task.FromResult(_log.Of(LogLevel.Warning).Length > 0), TimeSpan.FromSeconds(30), "the broker says it is blocked");
            sender.Append(40, 400);

            // Longer than a publish may take: those that were under way are given up meanwhile.
            var (clock, tried) = (Stopwatch.StartNew(), 0);
            while (clock.Elapsed < 3 * Limit)
            {
                Assert.That(await publisher.PublishAsync(Body, CancellationToken.None), Is.EqualTo(PublishOutcome.Retry));
                tried++;
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }

            Assert.That(tried, Is.GreaterThan(10), "who is known to be blocked is not waited for; three would take all the time");
            Assert.That(await ConnectionsAsync(), Is.EqualTo(1), "the one that is blocked");
            Assert.That(sender.Spool.Depth, Is.EqualTo(420));
            Assert.That(_log.Of(LogLevel.Warning), Has.Length.EqualTo(1).And.All.Contains("takes nothing for now: low on memory"));
        }
        finally
        {
            await _node.ControlAsync("set_vm_memory_high_watermark", "0.6");
        }

        await Poll.UntilAsync(() => Task.FromResult(sender.Spool.Depth == 0), TimeSpan.FromSeconds(60), "all confirmed after");
        Assert.That(_log.Of(LogLevel.Information).Count(l => l.Contains("takes results again")), Is.EqualTo(1));
        Assert.That(_log.Of(LogLevel.Warning), Has.Length.EqualTo(1));

        // What was under way may come twice, and then is the same batch, which is counted once.
        var arrived = await TakeAllAsync();
        var batches = arrived.DistinctBy(b => (b.Epoch, b.FirstSequence)).ToList();
        Assert.That(batches.SelectMany(SpoolSender.Numbers).Order(), Is.EqualTo(Enumerable.Range(0, 440)));
        Assert.That(arrived.Count - batches.Count, Is.LessThanOrEqualTo(2), "only those under way when it was blocked");
    }

    [Test]
    public async Task A_channel_that_the_broker_closes_leaves_no_connection_behind()
    {
        await using var publisher = Publisher();
        for (var round = 0; round < 5; round++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => publisher.PublishAsync(Body, CancellationToken.None).AsTask()));
            Assert.That(outcomes, Is.All.EqualTo(PublishOutcome.Retry), "there is no such exchange");
        }

        await DeclareAsync();
        await UntilConfirmedAsync(publisher);
        await UntilConnectionsAsync(1);
    }

    [Test]
    public async Task Connections_that_an_operator_closes_are_made_again_and_nothing_is_lost()
    {
        await DeclareAsync();
        await using var publisher = Publisher();
        using var sender = await SpoolSender.StartAsync(publisher);
        for (var round = 0; round < 3; round++)
        {
            sender.Append(round * 100, 50);
            await _node.ControlAsync("close_all_connections", "maintenance");
            sender.Append((round * 100) + 50, 50);
            await Poll.UntilAsync(() => Task.FromResult(sender.Spool.Depth == 0), TimeSpan.FromSeconds(60), "all confirmed");
        }

        await UntilConnectionsAsync(1);
        var arrived = await TakeAllAsync();
        Assert.That(arrived.DistinctBy(b => (b.Epoch, b.FirstSequence)).SelectMany(SpoolSender.Numbers).Order(), Is.EqualTo(Enumerable.Range(0, 300)));
    }

    [Test]
    public async Task A_publisher_that_is_put_away_while_it_connects_leaves_no_connection_behind()
    {
        await DeclareAsync();
        await using var proxy = new DelayProxy(IPAddress.Loopback, 0, new IPEndPoint(IPAddress.Loopback, _node.Uri.Port)) { Delay = TimeSpan.FromMilliseconds(400) };
        await using var publisher = Publisher(new UriBuilder(_node.Uri) { Port = proxy.Port }.Uri, TimeSpan.FromSeconds(10));
        var publish = publisher.PublishAsync(Body, CancellationToken.None).AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await publisher.DisposeAsync();
        Assert.That(await publish, Is.EqualTo(PublishOutcome.Retry));
        await UntilConnectionsAsync(0);
    }

    private RabbitMqPublisher Publisher(Uri? uri = null, TimeSpan? limit = null) =>
        new(RabbitMqPublisherTests.Target(uri ?? _node.Uri), TimeProvider.System, new Logger<RabbitMqPublisher>(_log)) { Limit = limit ?? Limit };

    private static Task UntilConfirmedAsync(RabbitMqPublisher publisher) => Poll.UntilAsync(
        async () => await publisher.PublishAsync(Body, CancellationToken.None) == PublishOutcome.Confirmed, TimeSpan.FromSeconds(30), "a batch is confirmed");

    // One that is closed may wait for the end of its socket, which the proxy does not pass on.
    private async Task<int> ConnectionsAsync() =>
        (await _node.ControlAsync("list_connections", "--no-table-headers", "pid", "state")).Count(l => !l.EndsWith("\tclosed", StringComparison.Ordinal));

    private Task UntilConnectionsAsync(int count) =>
        Poll.UntilAsync(async () => await ConnectionsAsync() == count, TimeSpan.FromSeconds(30), $"{count} connections at the broker");

    private Task<int> DeclareAsync(Dictionary<string, object?>? arguments = null) => WithChannelAsync(async channel =>
    {
        await channel.ExchangeDeclareAsync("probes.results", ExchangeType.Topic, durable: true);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, arguments);
        await channel.QueueBindAsync(Queue, "probes.results", "#");
        return 0;
    });

    private Task<List<ResultBatch>> TakeAllAsync() => WithChannelAsync(async channel =>
    {
        var all = new List<ResultBatch>();
        while (await channel.BasicGetAsync(Queue, autoAck: true) is { } message)
        {
            all.Add(ResultBatch.Parser.ParseFrom(message.Body.Span));
        }

        return all;
    });

    private async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> act)
    {
        await using var connection = await new ConnectionFactory { Uri = _node.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await act(channel);
    }
}
