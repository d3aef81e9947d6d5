using System.Collections.Concurrent;
using System.Diagnostics;
using Probes.Agent.Publish;
using Probes.Contracts.Wire;
using Probes.Tests.Agent.Spool;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Publish;

/// <summary>What was measured during an outage must not hold up what is measured after it.</summary>
public sealed class BacklogTests
{
    private const int Backlog = 50_000;

    [Test]
    public async Task With_50000_results_waiting_a_new_one_goes_out_within_3_seconds_and_all_arrive_once()
    {
        var folder = new SpoolFolder { Options = { BatchCount = 100, MaxBytes = 256L * 1024 * 1024 } };
        using (var before = folder.Open())
        {
            for (var i = 0; i < Backlog; i++)
            {
                before.Append(Results.Passed(i));
                if (i % 10_000 == 0)
                {
                    before.Flush();
                }
            }
        }

        using var publisher = new SlowPublisher();
        using var sender = await SpoolSender.StartAsync(publisher, folder);
        await Poll.UntilAsync(() => Task.FromResult(publisher.Arrived.Count >= 1000), TimeSpan.FromSeconds(30), "the backlog is under way");
        for (var fresh = Backlog; fresh < Backlog + 5; fresh++)
        {
            var clock = Stopwatch.StartNew();
            sender.Append(fresh, 1);
            await Poll.UntilAsync(() => Task.FromResult(publisher.Arrived.ContainsKey(fresh)), TimeSpan.FromSeconds(3), "the new result has arrived", TimeSpan.FromMilliseconds(20));
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        }

        Assert.That(sender.Spool.Depth, Is.GreaterThan(Backlog / 4), "the backlog was still there");
        await Poll.UntilAsync(() => Task.FromResult(sender.Spool.Depth == 0), TimeSpan.FromSeconds(120), "all confirmed");
        Assert.That(publisher.Arrived.Keys.Order(), Is.EqualTo(Enumerable.Range(0, Backlog + 5)));
        Assert.That(publisher.Arrived.Values, Is.All.EqualTo(1));
    }

    /// <summary>Takes a batch in a third of a second: with 12 of them at once, 3,600 results a second.</summary>
    private sealed class SlowPublisher : IBatchPublisher, IDisposable
    {
        public ConcurrentDictionary<int, int> Arrived { get; } = new();

        public async ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(333), TimeProvider.System, ct);
            foreach (var number in SpoolSender.Numbers(ResultBatch.Parser.ParseFrom(batch.Span)))
            {
                Arrived.AddOrUpdate(number, 1, (_, count) => count + 1);
            }

            return PublishOutcome.Confirmed;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void Dispose()
        {
        }
    }
}
