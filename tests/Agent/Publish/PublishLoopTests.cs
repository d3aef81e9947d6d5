using System.Collections.Concurrent;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent;
using Probes.Agent.Publish;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Wire;
using Probes.Tests.Agent.Spool;
using Probes.Tests.Testing;
using RabbitMQ.Client;

namespace Probes.Tests.Agent.Publish;

public sealed class PublishLoopTests
{
    private static readonly AgentOptions Options = new() { Orchestrator = new Uri("http://127.0.0.1:1") };

    private SpoolFolder _folder = null!;
    private DiskSpool _spool = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new SpoolFolder();
        _folder.Options.BatchDelay = TimeSpan.FromMilliseconds(20);
        _spool = new DiskSpool(_folder.Options, TimeProvider.System, NullLogger<DiskSpool>.Instance);
    }

    [TearDown]
    public void TearDown()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Every_result_arrives_though_publishes_fail_at_random()
    {
        var random = new Random(7);
        using var publisher = new FakePublisher(_ => random.Next(3) > 0 ? PublishOutcome.Retry : PublishOutcome.Confirmed);
        using var loop = await StartAsync(publisher);
        Append(0, 500);
        await Poll.UntilAsync(() => Task.FromResult(_spool.Depth == 0), TimeSpan.FromSeconds(60), "all confirmed");
        await loop.StopAsync(CancellationToken.None);
        Assert.That(publisher.Confirmed.SelectMany(Numbers).Order(), Is.EqualTo(Enumerable.Range(0, 500)));
    }

    [Test]
    public async Task A_refused_batch_does_not_hold_up_the_others()
    {
        using var publisher = new FakePublisher(b => b.FirstSequence == 1 && b.Results[0].Gap is null ? PublishOutcome.Refused : PublishOutcome.Confirmed);
        using var loop = await StartAsync(publisher);
        Append(0, 30);
        await Poll.UntilAsync(() => Task.FromResult(_spool.IsEmpty), TimeSpan.FromSeconds(30), "all dealt with, and the refused told");
        await loop.StopAsync(CancellationToken.None);
        Assert.That(_spool.Quarantined, Is.EqualTo(10));
        Assert.That(publisher.Confirmed.SelectMany(Numbers).Order(), Is.EqualTo(Enumerable.Range(10, 20)));
        var gap = publisher.Confirmed.SelectMany(b => b.Results).Single(r => r.Gap is not null).Gap;
        Assert.That((gap.Reason, gap.Count), Is.EqualTo((GapReason.Refused, 10L)));
    }

    [Test]
    public async Task A_stop_publishes_what_is_spooled_first()
    {
        using var publisher = new FakePublisher(_ => PublishOutcome.Confirmed);
        using var loop = await StartAsync(publisher);
        Append(0, 10);
        await Poll.UntilAsync(() => Task.FromResult(_spool.Depth == 0), TimeSpan.FromSeconds(30), "the loop runs");
        for (var i = 10; i < 17; i++)
        {
            _spool.Append(Results.Passed(i));
        }

        await loop.StopAsync(CancellationToken.None);
        Assert.That(publisher.Confirmed.SelectMany(Numbers), Is.EqualTo(Enumerable.Range(0, 17)));
    }

    [Test]
    public async Task Batches_carry_identity_checks_and_results_as_they_were()
    {
        using var publisher = new FakePublisher(_ => PublishOutcome.Confirmed);
        using var loop = await StartAsync(publisher);
        _spool.Append(Results.Passed(0, "shop"));
        _spool.Append(Results.Passed(1, "api"));
        _spool.Append(Results.Passed(2, "shop"));
        _spool.Flush();
        await Poll.UntilAsync(() => Task.FromResult(_spool.Depth == 0), TimeSpan.FromSeconds(30), "all confirmed");
        await loop.StopAsync(CancellationToken.None);
        var batch = publisher.Confirmed.Single();
        Assert.That((batch.AgentId, batch.Epoch, batch.FirstSequence), Is.EqualTo(("agent-1", _spool.Epoch, 1L)));
        Assert.That(batch.Results.Select(r => batch.Checks[(int)r.CheckIndex]), Is.EqualTo(new[] { "shop", "api", "shop" }));
        Assert.That(batch.Results[1].Phases.WaitUs, Is.EqualTo(30_000));
    }

    [Test]
    public async Task A_broker_that_restarts_gets_everything()
    {
        await using var node = await RabbitMqNode.StartNewAsync();
        await RabbitMqPublisherTests.DeclareAsync(node.Uri);
        using var loop = await StartAsync(new PublisherFactory(Options, new OrchestratorTrust(Options), new PublishTargetSource(), TimeProvider.System, NullLoggerFactory.Instance),
            new PublishTarget { Amqp = RabbitMqPublisherTests.Target(node.Uri) });
        Append(0, 100);
        await Poll.UntilAsync(() => Task.FromResult(_spool.Depth == 0), TimeSpan.FromSeconds(30), "first half confirmed");
        await node.StopAsync();
        Append(100, 100);
        await node.StartAsync();
        await Poll.UntilAsync(() => Task.FromResult(_spool.Depth == 0), TimeSpan.FromSeconds(90), "second half confirmed");
        await loop.StopAsync(CancellationToken.None);

        var arrived = new HashSet<int>();
        await using var connection = await new ConnectionFactory { Uri = node.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        while (await channel.BasicGetAsync("probes.ingest", autoAck: true) is { } message)
        {
            arrived.UnionWith(Numbers(ResultBatch.Parser.ParseFrom(message.Body.Span)));
        }

        Assert.That(arrived.Order(), Is.EqualTo(Enumerable.Range(0, 200)));
    }

    private static IEnumerable<int> Numbers(ResultBatch batch) => batch.Results.Where(r => r.Gap is null).Select(r => int.Parse(r.Message));

    private void Append(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            _spool.Append(Results.Passed(i));
        }

        _spool.Flush();
    }

    private Task<PublishLoop> StartAsync(FakePublisher publisher) => StartAsync(new FakeFactory(publisher), new PublishTarget { Relay = new Relay() });

    private async Task<PublishLoop> StartAsync(PublisherFactory factory, PublishTarget target)
    {
        var targets = new PublishTargetSource();
        targets.Set(new PublishRoute("agent-1", () => "credential", GrpcChannel.ForAddress("http://127.0.0.1:1"), target));
        var loop = new PublishLoop(_spool, targets, factory, new PublishBackoff(new Random(1)), TimeProvider.System, NullLogger<PublishLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        return loop;
    }

    private sealed class FakePublisher(Func<ResultBatch, PublishOutcome> outcome) : IBatchPublisher, IDisposable
    {
        public ConcurrentQueue<ResultBatch> Confirmed { get; } = new();

        public ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
        {
            var parsed = ResultBatch.Parser.ParseFrom(batch.Span);
            PublishOutcome result;
            lock (Confirmed)
            {
                result = outcome(parsed);
            }

            if (result == PublishOutcome.Confirmed)
            {
                Confirmed.Enqueue(parsed);
            }

            return ValueTask.FromResult(result);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void Dispose()
        {
        }
    }

    private sealed class FakeFactory(FakePublisher publisher)
        : PublisherFactory(Options, new OrchestratorTrust(Options), new PublishTargetSource(), TimeProvider.System, NullLoggerFactory.Instance)
    {
        public override IBatchPublisher Create(PublishRoute route) => publisher;
    }
}
