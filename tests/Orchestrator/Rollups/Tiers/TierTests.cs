using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

using TierMinutes = Probes.Orchestrator.Rollups.Tiers.Tiers;

namespace Probes.Tests.Orchestrator.Rollups.Tiers;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class TierTests(string engine)
{
    private static readonly DateTimeOffset Midnight = new(2026, 10, 30, 0, 0, 0, TimeSpan.Zero);

    private FakeTimeProvider _time = null!;
    private StoreUnderTest _under = null!;
    private int _sequence;

    [SetUp]
    public async Task OpenAsync()
    {
        _time = new FakeTimeProvider(Midnight);
        _under = await StoreUnderTest.CreateAsync(engine, _time);
    }

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task Every_tier_is_what_the_stored_runs_give_however_they_came_in()
    {
        var gen = Gen.Select(Gen.Int[0, (50 * 60) - 1], Gen.Int[1, 3], SketchTests.Milliseconds).Array[1, 40];
        var check = 0;
        await Gen.Select(gen, gen, Gen.Int[0, 50]).SampleAsync(
            async (early, late, hours) =>
            {
                // A check of its own for each sample; time goes on only, so that what is early in one is late in the next.
                check++;
                await StoreAsync(check, early);
                _time.SetUtcNow(Max(_time.GetUtcNow(), Midnight.AddHours(hours)));
                await BuildAsync();
                await StoreAsync(check, late);
                await BuildAsync();
                await HoldsAsync(check, [.. early, .. late]);
            },
            iter: 12, threads: 1);
    }

    [Test]
    public async Task Percentiles_of_a_region_over_two_days_are_within_the_stated_error_of_the_exact_ones()
    {
        var random = new Random(7);
        var runs = Enumerable.Range(0, 4000).Select(i => (random.Next(48 * 60), 1 + i % 3, Math.Exp(random.NextDouble() * 6))).ToArray();
        await StoreAsync(1, runs);
        _time.SetUtcNow(Midnight.AddHours(49));
        await BuildAsync();
        var region = new Sketch();
        await Reader().VisitAsync(1, Midnight, Midnight.AddDays(2), Tier.Day, (_, bytes) => RollupCodec.MergeInto(bytes, RollupPart.Total, region), default);
        var exact = runs.Select(r => Math.Round(r.Item3, 3)).Order().ToArray();
        Assert.That(region.Count, Is.EqualTo(runs.Length));
        foreach (var q in (double[])[0.01, 0.5, 0.95, 0.99, 1])
        {
            var truth = exact[(int)(q * (exact.Length - 1))];
            Assert.That(region.Quantile(q), Is.EqualTo(truth).Within(truth * Sketch.RelativeError * 1.001), $"quantile {q}");
        }
    }

    [Test]
    public async Task What_two_orchestrators_make_at_once_while_results_come_in_is_complete_in_the_end()
    {
        await StoreAsync(1, [(0, 1, 5)]);
        _time.SetUtcNow(Midnight.AddHours(30));
        var other = (IResultStore)_under.Open();
        using var done = new CancellationTokenSource();
        var builders = ((IResultStore[])[_under.Store, other]).Select(store => Task.Run(async () =>
        {
            var builder = new TierBuilder(store, ((ITiered)store).Tiers, _time);
            while (!done.IsCancellationRequested)
            {
                await builder.RunAsync(() => true, default);
            }
        })).ToList();
        var runs = new List<(int, int, double)> { (0, 1, 5) };
        for (var i = 0; i < 40; i++)
        {
            (int, int, double)[] some = [.. Enumerable.Range(0, 10).Select(n => ((i * 37 + n * 61) % (30 * 60), 1 + n % 3, n + 1.0))];
            runs.AddRange(some);
            await StoreAsync(1, some);
        }

        await done.CancelAsync();
        await Task.WhenAll(builders);
        await BuildAsync();
        await HoldsAsync(1, [.. runs]);
    }

    [Test]
    public async Task A_write_whose_marks_are_gone_changes_nothing()
    {
        await StoreAsync(1, [(0, 1, 5)]);
        _time.SetUtcNow(Midnight.AddHours(2));
        await BuildAsync();
        var key = new RollupKey(1, 1, TierMinutes.MinuteOf(Midnight));
        Assert.That(await _under.Tiers.WriteAsync(Tier.Hour, [new TierMark(long.MaxValue, key.Minute, 1)], [new RollupRow(key, new Rollup())], default), Is.False);
        await HoldsAsync(1, [(0, 1, 5)]);
    }

    [Test]
    public async Task Each_tier_lives_its_own_time_and_what_is_gone_is_answered_from_the_next()
    {
        await StoreAsync(1, [(5, 1, 10), (65, 1, 20)]);
        var options = new StoreOptions { ResultRetentionDays = 2, MinuteRollupDays = 3, HourRollupDays = 40, DayRollupDays = 100 };
        using var worker = new RetentionWorker(
            _under.Store, _under.Tiers, new GapBook(_under.Contexts), new LateResults(_under.Contexts),
            new MaintenanceBook(_under.Contexts, NullLogger<MaintenanceBook>.Instance), new IncidentReader(_under.Contexts), new EngineBook(_under.Contexts), new RollupsInMemory(), new StoreReady(), Options.Create(options), _time, NullLogger<RetentionWorker>.Instance);

        // Nothing goes before it was made into something coarser, however old.
        _time.SetUtcNow(Midnight.AddDays(10));
        await worker.ExpireOnceAsync(default);
        Assert.That(await _under.Store.ReadRollupsAsync(1, Midnight, Midnight.AddDays(1), default), Has.Count.EqualTo(2));

        await BuildAsync();
        await worker.ExpireOnceAsync(default);
        Assert.That(await _under.Store.ReadRollupsAsync(1, Midnight, Midnight.AddDays(1), default), Is.Empty);
        Assert.That(await RunsAsync(Tier.Hour, Midnight, Midnight.AddHours(1)), Is.EqualTo(1));

        // What comes now is too late for the hours: they must not be made of what is left.
        await StoreAsync(1, [(6, 1, 10)]);
        await BuildAsync();
        Assert.That(await RunsAsync(Tier.Hour, Midnight, Midnight.AddHours(1)), Is.EqualTo(1));

        _time.SetUtcNow(Midnight.AddDays(80));
        await BuildAsync();
        await worker.ExpireOnceAsync(default);
        Assert.That(await RunsAsync(Tier.Day, Midnight.AddMinutes(5), Midnight.AddHours(1)), Is.EqualTo(2), "the whole day, for the hours are gone");
        _time.SetUtcNow(Midnight.AddDays(150));
        await BuildAsync();
        await worker.ExpireOnceAsync(default);
        Assert.That(await RunsAsync(Tier.Day, Midnight, Midnight.AddDays(1)), Is.Zero);
    }

    [Test]
    public async Task A_rebuild_makes_good_what_was_damaged_of_that_check_while_results_come_in()
    {
        await StoreAsync(1, [(5, 1, 10), (65, 1, 20), (65, 2, 30)]);
        await StoreAsync(2, [(5, 1, 10)]);
        _time.SetUtcNow(Midnight.AddDays(1).AddHours(1));
        await BuildAsync();
        await using (var db = _under.Contexts.CreateDbContext())
        {
            await db.Database.ExecuteSqlRawAsync("DELETE FROM hour_rollups; DELETE FROM day_rollups; DELETE FROM rollups WHERE agent_id = 2; UPDATE rollups SET agent_id = 7 WHERE minute % 60 = 5");
        }

        await using var steps = new RollupRebuild(_under.Store, _under.Tiers, _time).RunAsync([1], Midnight, Midnight.AddHours(3), default).GetAsyncEnumerator();
        var (last, waited) = (default(RebuildProgress), false);
        while (await NextAsync(steps))
        {
            last = steps.Current;
            if (last.Part == "tiers")
            {
                Assert.That(waited, Is.False, "they are made, and still it waits");
                waited = true;
                await StoreAsync(1, [(66, 3, 40)]);
                await BuildAsync();
            }
        }

        // Of what is in the place of the damaged row nothing is left; the other check stays as it was damaged.
        Assert.That(last, Is.EqualTo(new RebuildProgress("done", 180, 180, 5)));
        await HoldsAsync(1, [(5, 1, 10), (65, 1, 20), (65, 2, 30), (66, 3, 40)]);
        Assert.That((await _under.Store.ReadRollupsAsync(2, Midnight, Midnight.AddDays(1), default)).Single().Key.AgentId, Is.EqualTo(7));
    }

    // It looks again by the clock, which goes on while it does.
    private async Task<bool> NextAsync(IAsyncEnumerator<RebuildProgress> steps)
    {
        var next = steps.MoveNextAsync().AsTask();
        while (await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System)) != next)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return await next;
    }

    private TieredRollups Reader() => new(_under.Store, _under.Tiers);

    private async Task<long> RunsAsync(Tier tier, DateTimeOffset from, DateTimeOffset to)
    {
        long runs = 0;
        await Reader().VisitAsync(1, from, to, tier, (_, bytes) => runs += RollupCodec.Counts(bytes).Told, default);
        return runs;
    }

    private async Task HoldsAsync(int check, (int Minute, int Agent, double Milliseconds)[] runs)
    {
        var (first, state) = (TierMinutes.MinuteOf(Midnight), await _under.Tiers.StateAsync(default));
        foreach (var tier in (Tier[])[Tier.Hour, Tier.Day])
        {
            var stored = new Dictionary<(long, int), Rollup>();
            await _under.Tiers.VisitAsync(tier, check, first, first + (3 * 1440), (key, bytes) => stored.Add((key.Minute, key.AgentId), RollupCodec.Decode(bytes)), default);
            var expected = runs.GroupBy(r => (tier.Floor(first + r.Minute), r.Agent)).Where(g => g.Key.Item1 < state[tier].Built).ToDictionary(g => g.Key, g => g.ToList());
            Assert.That(stored.Keys, Is.EquivalentTo(expected.Keys), $"{tier}");
            foreach (var (key, rollup) in stored)
            {
                var truth = RollupBuilder.Build(expected[key].Select(r => new StoredRun(RunStatus.Passed, FailureSource.None, (long)(r.Milliseconds * 1000), -1, -1, -1, -1, -1, -1)));
                Assert.That(rollup.Counts, Is.EqualTo(truth.Counts));
                Assert.That(rollup.Total.Buckets(), Is.EqualTo(truth.Total.Buckets()));
            }
        }

        // And whoever reads any span finds each run once, wherever it lies.
        long read = 0;
        await Reader().VisitAsync(check, Midnight, Midnight.AddDays(3), Tier.Day, (_, bytes) => read += RollupCodec.Counts(bytes).Told, default);
        Assert.That(read, Is.EqualTo(runs.Length));
    }

    private async Task StoreAsync(int check, (int Minute, int Agent, double Milliseconds)[] runs)
    {
        foreach (var agent in runs.GroupBy(r => r.Agent))
        {
            foreach (var run in agent)
            {
                var result = Results.Passed(0, due: Midnight.AddMinutes(run.Minute)) with
                {
                    Duration = TimeSpan.FromMicroseconds((long)(run.Milliseconds * 1000)),
                    Phases = new PhaseTimes(null, null, null, null, null, null),
                };
                await _under.Store.StoreAsync([Batches.One(agent.Key, _sequence++, result, check)], default);
            }
        }

        while (await _under.Store.ReadDirtyAsync(1000, default) is { Count: > 0 } keys)
        {
            await _under.Store.RollUpAsync(keys, default);
        }
    }

    private Task<int> BuildAsync() => new TierBuilder(_under.Store, _under.Tiers, _time).RunAsync(() => true, default);

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
