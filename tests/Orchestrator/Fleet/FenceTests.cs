using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Sessions;
using Probes.Tests.Testing;
using FencesOf = Probes.Orchestrator.Fleet.Fences;

namespace Probes.Tests.Orchestrator.Fleet;

/// <summary>An agent that is cut off, and its peers.</summary>
public sealed class FenceTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private RunningOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task SetUp()
    {
        _orchestrator = await RunningOrchestrator.StartAsync(
            ("Sessions:HeartbeatSeconds", "1"), ("Sessions:GraceSeconds", "0.5"), ("Sessions:HandOverMilliseconds", "1000"));
        await _orchestrator.ApplyAsync([.. Enumerable.Range(0, 20).Select(i => RunningOrchestrator.TcpCheck($"check-{i}"))]);
    }

    [TearDown]
    public async Task TearDown() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task An_agent_whose_checks_went_to_a_peer_is_fenced_from_then_until_it_has_its_checks_again()
    {
        var (one, credential) = await _orchestrator.EnrolAsync("local", "one");
        var (_, other) = await _orchestrator.EnrolAsync("local", "two");
        using var peer = await TestAgent.ConnectAsync(_orchestrator, other, beating: Beat);
        var before = (await peer.NextAsync()).Snapshot;
        Assert.That((before.Checks.Count, before.EffectiveUs), Is.EqualTo((20, 0L)), "nobody had them before: at once");

        long away;
        using (var agent = await TestAgent.ConnectAsync(_orchestrator, credential, instance: "i", beating: Beat))
        {
            var (share, given) = ((await agent.NextAsync()).Snapshot, (await peer.NextAsync()).Diff);
            Assert.That(share.Checks.Count, Is.EqualTo(given.Deletes.Count).And.InRange(1, 19));
            Assert.That(given.EffectiveUs, Is.EqualTo(share.EffectiveUs).And.GreaterThan(WireTimes.Us(TimeProvider.System.GetUtcNow())), "both know when");
            away = share.Revision;
        }

        var takeover = (await peer.NextAsync()).Diff;
        Assert.That(takeover.EffectiveUs, Is.GreaterThan(0));
        var id = _orchestrator.Catalog.Current.AgentsByPublicId[one].Id;
        Assert.That(Fences.Contains(id, Time(takeover.EffectiveUs)), Is.True);
        Assert.That(Fences.Contains(id, Time(takeover.EffectiveUs - 1)), Is.False, "what it ran before counts");

        using var back = await TestAgent.ConnectAsync(_orchestrator, credential, revision: away, instance: "i", beating: Beat);
        var stop = (await back.NextAsync()).Diff;
        Assert.That((stop.Deletes.Count, stop.EffectiveUs), Is.EqualTo((takeover.Upserts.Count, 0L)), "it stops at once what it runs");
        var (again, released) = ((await back.NextAsync()).Diff, (await peer.NextAsync()).Diff);
        Assert.That(again.Upserts.Select(c => c.Name), Is.EquivalentTo(released.Deletes));
        Assert.That(again.EffectiveUs, Is.EqualTo(released.EffectiveUs));
        Assert.That(Fences.Contains(id, Time(again.EffectiveUs - 1)), Is.True);
        Assert.That(Fences.Contains(id, Time(again.EffectiveUs)), Is.False, "from then on it counts again");
        Assert.That(Fences.IsOpen(id), Is.False);
    }

    [Test]
    public async Task An_agent_without_peers_is_never_fenced()
    {
        var (one, credential) = await _orchestrator.EnrolAsync("local", "one");
        using (var agent = await TestAgent.ConnectAsync(_orchestrator, credential, instance: "i", beating: Beat))
        {
            await agent.NextAsync();
        }

        await Poll.UntilAsync(() => Task.FromResult(_orchestrator.Get<Dispatcher>().Plan.Locations.IsEmpty), TimeSpan.FromSeconds(10), "it was given up");
        Assert.That(Fences.IsOpen(_orchestrator.Catalog.Current.AgentsByPublicId[one].Id), Is.False);
    }

    [Test]
    public async Task Fences_outlive_the_process()
    {
        var fences = _orchestrator.Get<FencesOf>();
        fences.Open(7, DateTimeOffset.UnixEpoch.AddDays(20_000));
        await Poll.UntilAsync(async () =>
        {
            await using var db = await Contexts.CreateDbContextAsync();
            return db.Fences.Any(f => f.AgentId == 7 && f.ToAt == null);
        }, TimeSpan.FromSeconds(5), "it is stored");
        fences.Close(7, DateTimeOffset.UnixEpoch.AddDays(20_001));
        await Poll.UntilAsync(async () =>
        {
            await using var db = await Contexts.CreateDbContextAsync();
            return db.Fences.Any(f => f.AgentId == 7 && f.ToAt != null);
        }, TimeSpan.FromSeconds(5), "its end is stored");
    }

    private IDbContextFactory<ProbesContext> Contexts =>
        _orchestrator.Get<IDbContextFactory<ProbesContext>>();

    private FenceSet Fences => _orchestrator.Get<FencesOf>().Current;

    private static DateTimeOffset Time(long us) => WireTimes.Time(us)!.Value;
}
