using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Rollups;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class RollUpTests(string engine)
{
    private static readonly Gen<RunResult> AnyResult = Gen.Select(
        Gen.Int[0, 179], Gen.Enum<RunStatus>(), Gen.Enum<FailureSource>(), SketchTests.Milliseconds, SketchTests.Milliseconds.Nullable(),
        (second, status, source, total, dns) => Results.Passed(0, due: Results.Now.AddSeconds(second)) with
        {
            Status = status,
            Source = status == RunStatus.Passed ? FailureSource.None : source,
            Duration = TimeSpan.FromMilliseconds(total),
            Phases = new PhaseTimes(dns is { } d ? TimeSpan.FromMilliseconds(d) : null, null, null, null, null, TimeSpan.FromMilliseconds(total)),
        });

    private StoreUnderTest _under = null!;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task Rollups_are_what_the_stored_runs_give_however_they_came_in()
    {
        var epoch = 0L;
        await Gen.Select(AnyResult.Array[1, 40], AnyResult.Array[1, 40]).SampleAsync(
            async (first, late) =>
            {
                // A check of its own for each sample, in one database.
                var check = (int)Interlocked.Increment(ref epoch);
                await StoreAsync(check, 0, first);
                await RollUpAllAsync();
                await StoreAsync(check, first.Length, late);
                await RollUpAllAsync();
                var rows = await _under.Store.ReadRollupsAsync(check, Results.Now, Results.Now.AddMinutes(3), default);
                var expected = first.Concat(late).GroupBy(r => r.Due.ToUnixTimeSeconds() / 60).OrderBy(g => g.Key).ToList();
                Assert.That(rows.Select(r => r.Key.Minute), Is.EqualTo(expected.Select(g => g.Key)));
                foreach (var (row, runs) in rows.Zip(expected))
                {
                    var truth = RollupBuilder.Build(runs.Select(Run));
                    Assert.That(row.Rollup.Counts, Is.EqualTo(truth.Counts));
                    Assert.That(row.Rollup.Counts.Told, Is.EqualTo(runs.Count()));
                    Assert.That(row.Rollup.Total.Buckets(), Is.EqualTo(truth.Total.Buckets()));
                    Assert.That(row.Rollup.Dns.Buckets(), Is.EqualTo(truth.Dns.Buckets()));
                    Assert.That(row.Rollup.Transfer.Buckets(), Is.EqualTo(truth.Transfer.Buckets()));
                }
            },
            iter: 25, threads: 1);
    }

    [Test]
    public async Task All_checks_of_a_span_are_read_and_nothing_outside_it()
    {
        for (var check = 1; check <= 3; check++)
        {
            await StoreAsync(check, 0, [.. Enumerable.Range(0, 5).Select(m => Results.Passed(m, due: Results.Now.AddMinutes(m)))]);
        }

        await RollUpAllAsync();
        var rows = await _under.Store.ReadRollupsAsync(Results.Now.AddMinutes(1), Results.Now.AddMinutes(3), default);
        var minute = Results.Now.ToUnixTimeSeconds() / 60;
        Assert.That(rows.Select(r => (r.Key.CheckId, r.Key.Minute - minute)), Is.EquivalentTo(new[] { (1, 1L), (1, 2L), (2, 1L), (2, 2L), (3, 1L), (3, 2L) }));
        Assert.That(await _under.Store.ReadRollupsAsync(2, Results.Now.AddSeconds(1), Results.Now.AddMinutes(2), default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_worker_rolls_up_all_dirt_and_tells_of_the_checks_it_touched()
    {
        await StoreAsync(1, 0, [Results.Passed(1)]);
        var events = new EventHub();
        using var heard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var next = events.ListenAsync(heard.Token).GetAsyncEnumerator(heard.Token);
        var waiting = next.MoveNextAsync();
        using var worker = new RollupWorker(
            _under.Store, new RollupsInMemory(), new StoreReady(), new OneCheck(), events, TimeProvider.System, NullLogger<RollupWorker>.Instance);
        Assert.That(await worker.RollUpOnceAsync(default), Is.EqualTo(1));
        Assert.That(await waiting, Is.True);
        Assert.That(next.Current, Is.EqualTo(new LiveEvent("rollup", "shop")));
        Assert.That(await worker.RollUpOnceAsync(default), Is.Zero);
    }

    [Test]
    public async Task An_orchestrator_that_does_not_lead_leaves_what_others_stored()
    {
        await StoreAsync(1, 0, [Results.Passed(1)]);
        using var worker = new RollupWorker(
            _under.Open(), new RollupsInMemory { Leads = false }, new StoreReady(), new OneCheck(), new EventHub(), TimeProvider.System, NullLogger<RollupWorker>.Instance);
        Assert.That(await worker.RollUpOnceAsync(default), Is.Zero);
        Assert.That(await _under.Store.ReadDirtyAsync(10, default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Rolling_up_while_results_come_in_loses_none()
    {
        using var done = new CancellationTokenSource();
        var rolling = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await RollUpAllAsync();
            }
        });
        var other = _under.Open();
        await Task.WhenAll(Enumerable.Range(1, 4).Select(agent => Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                var items = Enumerable.Range(0, 20).Select(n => new ResolvedResult((i * 20) + n, 1, Results.Passed(n, due: Results.Now.AddSeconds(n)))).ToList();
                await (agent % 2 == 0 ? other : _under.Store).StoreAsync([new ResolvedBatch(agent, 1, i * 20, 20, items, "1")], default);
            }
        })));
        await done.CancelAsync();
        await rolling;
        await RollUpAllAsync();
        var rows = await _under.Store.ReadRollupsAsync(1, Results.Now, Results.Now.AddMinutes(1), default);
        Assert.That(rows.Select(r => r.Rollup.Counts.Passed), Is.EqualTo(new[] { 600, 600, 600, 600 }));
    }

    private static StoredRun Run(RunResult r) => new(
        r.Status, r.Source, Micros.Of(r.Duration), r.Phases.Dns is { } dns ? Micros.Of(dns) : -1, -1, -1, -1, -1, Micros.Of(r.Phases.Transfer!.Value));

    private Task<IReadOnlyList<StoreOutcome>> StoreAsync(int check, long first, RunResult[] results) => _under.Store.StoreAsync(
        [new ResolvedBatch(1, check, first, results.Length, [.. results.Select((r, i) => new ResolvedResult(first + i, check, r))], "1")], default);

    private async Task RollUpAllAsync()
    {
        while (await _under.Store.ReadDirtyAsync(7, default) is { Count: > 0 } keys)
        {
            await _under.Store.RollUpAsync(keys, default);
        }
    }

    private sealed class OneCheck : ICatalog
    {
        public event Action Changed
        {
            add { }
            remove { }
        }

        public CatalogSnapshot Current { get; } = CatalogSnapshot.Empty with
        {
            ChecksById = CatalogSnapshot.Empty.ChecksById.Add(1, new CatalogCheck(
                1, new global::Probes.Contracts.Checks.Check { Name = "shop", Probe = new TcpSpec { Host = "a.test", Port = 1 } }, Results.Now, false)),
        };

        public Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => throw new NotSupportedException();

        public Task RefreshAsync(CancellationToken ct) => throw new NotSupportedException();
    }
}
