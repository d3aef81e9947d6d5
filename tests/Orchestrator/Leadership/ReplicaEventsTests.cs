using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Leadership;

public sealed class ReplicaEventsTests
{
    [Test]
    public async Task What_one_orchestrator_publishes_the_listeners_of_another_hear_once()
    {
        await using var database = await StoreUnderTest.CreateAsync("postgres");
        var (here, there) = (new EventHub(), new EventHub());
        using var one = Events(database, here);
        using var two = Events(database, there);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (heardHere, heardThere) = (new ConcurrentQueue<LiveEvent>(), new ConcurrentQueue<LiveEvent>());
        var listening = new[] { Listen(here, heardHere, stop.Token), Listen(there, heardThere, stop.Token) };
        await one.StartAsync(default);
        await two.StartAsync(default);
        await Poll.UntilAsync(() =>
        {
            here.Publish(new LiveEvent("agents", ""));
            return Task.FromResult(heardThere.Contains(new LiveEvent("agents", "")));
        }, TimeSpan.FromSeconds(30), "both are connected");

        here.Publish(new LiveEvent("verdict", "stays"));
        here.Publish(new LiveEvent("rollup", "shop/häuser"));
        await Poll.UntilAsync(() => Task.FromResult(heardThere.Contains(new LiveEvent("rollup", "shop/häuser"))), TimeSpan.FromSeconds(10), "it is heard elsewhere");
        Assert.That(heardHere.Count(e => e.Type == "rollup"), Is.EqualTo(1), "nothing comes back");
        Assert.That(heardThere.Count(e => e.Type == "rollup"), Is.EqualTo(1));
        Assert.That(heardThere.Count(e => e.Type == "verdict"), Is.Zero);

        await one.StopAsync(default);
        await two.StopAsync(default);
        await stop.CancelAsync();
        await Task.WhenAll(listening);
    }

    [Test]
    public void Payloads_hold_every_event_and_none_is_larger_than_the_database_takes() =>
        Gen.String[0, 140].Array[0, 400].Sample(names =>
        {
            var events = names.Select(n => new LiveEvent("rollup", n)).ToList();
            var payloads = ReplicaEvents.Payloads("host-12345678", events).ToList();
            return payloads.TrueForAll(p => Encoding.UTF8.GetByteCount(p) < 8000)
                && payloads.Sum(p => p.Split('\n').Length - 1) == events.Count;
        });

    private static ReplicaEvents Events(StoreUnderTest database, EventHub hub)
    {
        var ready = new StoreReady();
        ready.Succeed();
        return new ReplicaEvents(new Replica(TimeProvider.System), database.Target, ready, hub, new ReplicaSignals(), new FixedCatalog(), TimeProvider.System, NullLogger<ReplicaEvents>.Instance);
    }

    private static async Task Listen(EventHub hub, ConcurrentQueue<LiveEvent> heard, CancellationToken ct)
    {
        try
        {
            await foreach (var live in hub.ListenAsync(ct))
            {
                heard.Enqueue(live);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
