using CsCheck;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Rollups;

/// <summary>Two orchestrators store, add what they have in hand, compute anew and die, in any order: rollups end as what the stored runs give.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class FlushTests(string engine)
{
    private const int Checks = 2;

    private static readonly Gen<Step> AnyStep = Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 1], Gen.Int[1, 2], Gen.Int[0, 119].Array[1, 12], (act, who, agent, seconds) => new Step(act, who, agent, seconds));

    private StoreUnderTest _under = null!;

    private enum Act { Store, StoreMore, Flush, ComputeDirty, ComputeAnything, Die }

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task Whatever_is_added_computed_anew_or_left_by_the_dead_is_counted_once()
    {
        var sample = 0;
        await AnyStep.Array[1, 25].SampleAsync(async steps => await PlayAsync(++sample * Checks, steps), iter: 30, threads: 1);
    }

    [Test]
    public async Task Adding_and_computing_at_once_while_results_come_in_counts_each_once()
    {
        using var done = new CancellationTokenSource();
        var other = _under.Open();
        var workers = new[] { _under.Store, other }.SelectMany(store => new[]
        {
            Task.Run(async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await store.FlushAsync(default);
                }
            }),
            Task.Run(async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await store.RollUpAsync(await store.ReadDirtyAsync(3, default), default);
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
                }
            }),
        }).ToList();
        await Task.WhenAll(Enumerable.Range(1, 4).Select(agent => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                var items = Enumerable.Range(0, 20).Select(n => new ResolvedResult((i * 20) + n, 1 + (n % 3), Results.Passed(n, due: Results.Now.AddSeconds(n)))).ToList();
                await ((agent + i) % 2 == 0 ? other : _under.Store).StoreAsync([new ResolvedBatch(agent, 1, i * 20, 20, items, "1")], default);
            }
        })));
        await done.CancelAsync();
        await Task.WhenAll(workers);
        await SettleAsync(_under.Store, other);
        var rows = await _under.Store.ReadRollupsAsync(Results.Now, Results.Now.AddMinutes(1), default);
        Assert.That(rows, Has.Count.EqualTo(12));
        Assert.That(rows.Sum(r => r.Rollup.Counts.Passed), Is.EqualTo(4 * 40 * 20));
    }

    [Test]
    public async Task What_was_added_is_told_and_no_longer_dirty()
    {
        await _under.Store.StoreAsync([Batches.Of(1, 0, 90)], default);
        var minute = Results.Now.ToUnixTimeSeconds() / 60;
        await SettleAsync(_under.Store);
        Assert.That(await _under.Store.ReadDirtyAsync(10, default), Is.Empty);
        Assert.That(await _under.Store.FlushAsync(default), Is.Empty);
        await _under.Store.StoreAsync([Batches.One(1, 500, Results.Passed(500))], default);
        Assert.That(await _under.Store.FlushAsync(default), engine == "postgres" ? Is.EqualTo(new[] { new RollupKey(1, 1, minute) }) : Is.Empty);
        await SettleAsync(_under.Store);
        var rows = await _under.Store.ReadRollupsAsync(1, Results.Now, Results.Now.AddMinutes(2), default);
        Assert.That(rows.Select(r => r.Rollup.Counts.Passed), Is.EqualTo(new[] { 61, 30 }));
    }

    [Test]
    public async Task A_rollup_that_another_orchestrator_wrote_is_added_to_also_by_one_that_takes_it_for_new()
    {
        var other = _under.Open();
        for (var i = 0; i < 4; i++)
        {
            var store = i % 2 == 0 ? _under.Store : other;
            await store.StoreAsync([new ResolvedBatch(1, 1, i * 30, 30, [.. Enumerable.Range(0, 30).Select(n => new ResolvedResult((i * 30) + n, 1 + (n % 3) + (i / 2), Results.Passed(n, due: Results.Now.AddSeconds(n))))], "1")], default);
            await SettleAsync(store);
        }

        var rows = await _under.Store.ReadRollupsAsync(Results.Now, Results.Now.AddMinutes(1), default);
        Assert.That(rows.OrderBy(r => r.Key.CheckId).Select(r => r.Rollup.Counts.Passed), Is.EqualTo(new[] { 20, 40, 40, 20 }));
    }

    private async Task PlayAsync(int check, Step[] steps)
    {
        var stores = new[] { _under.Open(), _under.Open() };
        var told = new List<(RollupKey Key, StoredRun Run)>();
        var sequence = 0L;
        foreach (var step in steps)
        {
            var store = stores[step.Who];
            switch (step.Act)
            {
                case Act.Store or Act.StoreMore:
                    var items = step.Seconds.Select((s, i) => new ResolvedResult(sequence + i, check + (s % Checks), Results.Passed(s, due: Results.Now.AddSeconds(s)))).ToList();
                    await store.StoreAsync([new ResolvedBatch(step.Agent, check, sequence, items.Count, items, "1")], default);
                    told.AddRange(items.Select(i => (new RollupKey(i.CheckId, step.Agent, i.Result.Due.ToUnixTimeSeconds() / 60), StoredRun.Of(i.Result))));
                    sequence += items.Count;
                    break;
                case Act.Flush:
                    await store.FlushAsync(default);
                    break;
                case Act.ComputeDirty:
                    await store.RollUpAsync(await store.ReadDirtyAsync(2, default), default);
                    break;
                case Act.ComputeAnything:
                    var minute = Results.Now.ToUnixTimeSeconds() / 60;
                    await store.RollUpAsync([.. told.Select(t => t.Key).Where(k => k.AgentId == step.Agent && (k.Minute - minute) == step.Seconds[0] % 2).Take(1)], default);
                    break;
                default:
                    _under.Close(store);
                    stores[step.Who] = _under.Open();
                    break;
            }
        }

        await SettleAsync(stores);
        var rows = (await _under.Store.ReadRollupsAsync(Results.Now, Results.Now.AddMinutes(3), default))
            .Where(r => r.Key.CheckId >= check && r.Key.CheckId < check + Checks).ToDictionary(r => r.Key, r => RollupCodec.Encode(r.Rollup));
        var expected = told.GroupBy(t => t.Key, t => t.Run).ToDictionary(g => g.Key, g => RollupCodec.Encode(RollupBuilder.Build(g)));
        Assert.That(rows, Is.EquivalentTo(expected));
        Array.ForEach(stores, _under.Close);
    }

    private static async Task SettleAsync(params IResultStore[] stores)
    {
        foreach (var store in stores)
        {
            await store.FlushAsync(default);
        }

        while (await stores[0].ReadDirtyAsync(1000, default) is { Count: > 0 } keys)
        {
            await stores[0].RollUpAsync(keys, default);
        }
    }

    private readonly record struct Step(Act Act, int Who, int Agent, int[] Seconds);
}
