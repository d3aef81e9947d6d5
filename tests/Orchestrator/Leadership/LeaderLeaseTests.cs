using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Leadership;

/// <summary>Orchestrators on one real PostgreSQL, each with a lease of its own.</summary>
[TestFixture]
public sealed class LeaderLeaseTests
{
    private StoreUnderTest _database = null!;
    private readonly List<LeaderLease> _made = [];

    [SetUp]
    public async Task SetUpAsync() => _database = await StoreUnderTest.CreateAsync("postgres");

    [TearDown]
    public async Task TearDownAsync()
    {
        _made.ForEach(l => l.Dispose());
        _made.Clear();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Of_two_one_leads_and_the_other_follows_at_once_when_it_stops()
    {
        var (first, second) = (Lease(), Lease());
        await first.TryOnceAsync(default);
        await second.TryOnceAsync(default);
        Assert.That((first.Leads, second.Leads), Is.EqualTo((true, false)));
        var epoch = first.Epoch;

        await first.StopAsync(default);
        await second.TryOnceAsync(default);
        Assert.That((first.Leads, second.Leads), Is.EqualTo((false, true)));
        Assert.That(second.Epoch, Is.EqualTo(epoch + 1));
    }

    [Test]
    public async Task Ten_that_want_it_at_once_are_led_by_one()
    {
        var all = Enumerable.Range(0, 10).Select(_ => Lease()).ToList();
        await Task.WhenAll(all.Select(l => l.TryOnceAsync(default)));
        Assert.That(all.Count(l => l.Leads), Is.EqualTo(1));
        await Task.WhenAll(all.Select(l => l.TryOnceAsync(default)));
        Assert.That(all.Count(l => l.Leads), Is.EqualTo(1));
    }

    [Test]
    public async Task One_that_says_nothing_more_is_replaced_within_15_s()
    {
        var (silent, other) = (Lease(), Lease());
        await silent.TryOnceAsync(default);
        var clock = Stopwatch.StartNew();
        await Poll.UntilAsync(async () => await TryAsync(other), TimeSpan.FromSeconds(15), "the other leads", TimeSpan.FromMilliseconds(200));
        Assert.That(silent.Leads, Is.False, "by its own clock too");
        TestContext.Out.WriteLine($"taken over after {clock.Elapsed.TotalSeconds:0.0} s");
    }

    [Test]
    public async Task One_that_was_paused_and_does_not_know_it_was_replaced_changes_nothing()
    {
        // Its clock stood still with it.
        var paused = Lease(new FakeTimeProvider());
        var other = Lease();
        await paused.TryOnceAsync(default);
        await Poll.UntilAsync(async () => await TryAsync(other), TimeSpan.FromSeconds(15), "the other leads", TimeSpan.FromMilliseconds(200));

        Assert.That(paused.Leads, "it does not know yet");
        await using var db = _database.Contexts.CreateDbContext();
        Assert.That(() => paused.BeginAsync(db, default), Throws.TypeOf<LeadershipLostException>());
        await paused.TryOnceAsync(default);
        Assert.That(paused.Leads, Is.False);
    }

    [Test]
    public async Task One_that_is_paused_amid_a_transaction_holds_nobody_up_and_commits_nothing()
    {
        var (paused, other) = (Lease(), Lease());
        await paused.TryOnceAsync(default);
        await using var db = _database.Contexts.CreateDbContext();
        await using var transaction = await paused.BeginAsync(db, default);
        db.Projects.Add(new ProjectEntity { Name = "late" });
        await db.SaveChangesAsync();

        await Poll.UntilAsync(async () => await TryAsync(other), TimeSpan.FromSeconds(15), "the other leads", TimeSpan.FromMilliseconds(200));
        Assert.That(() => transaction.CommitAsync(), Throws.InstanceOf<DbException>().Or.InstanceOf<InvalidOperationException>().Or.InstanceOf<IOException>());
        await using var after = _database.Contexts.CreateDbContext();
        Assert.That(await after.Projects.CountAsync(p => p.Name == "late"), Is.Zero);
    }

    [Test]
    public async Task A_leader_that_writes_for_long_goes_on_leading()
    {
        var leader = Lease();
        await leader.TryOnceAsync(default);
        var epoch = leader.Epoch;
        await using var db = _database.Contexts.CreateDbContext();
        await using var transaction = await leader.BeginAsync(db, default);
        await leader.TryOnceAsync(default).WaitAsync(TimeSpan.FromSeconds(10));
        db.Projects.Add(new ProjectEntity { Name = "kept" });
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        Assert.That(leader.Epoch, Is.EqualTo(epoch));
    }

    private static async Task<bool> TryAsync(LeaderLease lease)
    {
        try
        {
            await lease.TryOnceAsync(default);
        }
        catch (Exception fault) when (fault is DbException or TimeoutException)
        {
            // It waited for a transaction that is under way.
        }

        return lease.Leads;
    }

    private LeaderLease Lease(TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        var lease = new LeaderLease(new Replica(clock), _database.Target, new StoreReady(), new EventHub(), clock, NullLogger<LeaderLease>.Instance);
        _made.Add(lease);
        return lease;
    }
}
