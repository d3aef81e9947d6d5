using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Rollups;

/// <summary>Attempts of one due time are one run: in rollups, however they are made, and so in availability and adherence.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class RetriedRunTests(string engine)
{
    private static readonly RunResult Failed = Results.Passed(1) with
    {
        Status = RunStatus.Failed,
        Source = FailureSource.Target,
        Reason = "status",
        Attempt = 1,
        Retried = true,
        Late = TimeSpan.FromMilliseconds(250),
    };

    private static readonly RunResult Second = Results.Passed(2) with { Attempt = 2, Late = TimeSpan.FromSeconds(3) };

    private StoreUnderTest _under = null!;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [TestCase(new[] { 0, 1, 2 })]
    [TestCase(new[] { 2, 1, 0 })]
    public async Task A_flake_is_seen_and_counts_as_the_run_that_passed_in_whatever_order_it_comes(int[] order)
    {
        RunResult[] runs = [Failed, Second, Results.Passed(3, due: Results.Now.AddSeconds(10))];
        foreach (var (sequence, run) in order.Select((o, i) => (i, runs[o])))
        {
            await _under.Store.StoreAsync([Batches.One(1, sequence, run)], default);
            await RollUpAsync();
        }

        AssertCounted(await RollupAsync());
        await foreach (var _ in new RollupRebuild(_under.Store, _under.Tiers, TimeProvider.System).RunAsync(null, Results.Now, Results.Now.AddHours(1), default))
        {
        }

        AssertCounted(await RollupAsync());
        var read = (await _under.Store.ReadResultsAsync(new ResultQuery(), default)).Items.Select(i => (i.Result.Attempt, i.Result.Retried, i.Result.Status));
        Assert.That(read, Is.EquivalentTo(new[] { (1, true, RunStatus.Failed), (2, false, RunStatus.Passed), (0, false, RunStatus.Passed) }));
    }

    [Test]
    public async Task What_fails_at_every_attempt_is_one_failure()
    {
        await _under.Store.StoreAsync([Batches.One(1, 0, Failed), Batches.One(1, 1, Failed with { Attempt = 2, Late = TimeSpan.FromSeconds(3) }), Batches.One(1, 2, Failed with { Attempt = 3, Retried = false })], default);
        await RollUpAsync();
        Assert.That((await RollupAsync()).Counts, Is.EqualTo(new RunCounts { TargetFaults = 1 }));
    }

    [Test]
    public void An_attempt_that_was_made_again_makes_up_for_no_run_that_is_missing()
    {
        var rollup = RollupBuilder.Build([StoredRun.Of(Failed)]);
        var tally = RunTally.Of(1, default(MinuteSeen).Plus(rollup.Counts, rollup.Late), settled: true);
        Assert.That((tally.Executed, tally.Missed, rollup.Counts.Told), Is.EqualTo((0L, 1L, 0L)));
    }

    private static void AssertCounted(Rollup rollup)
    {
        Assert.That(rollup.Counts, Is.EqualTo(new RunCounts { Passed = 2 }));
        Assert.That((rollup.Late, rollup.Total.Count), Is.EqualTo((1L, 2L)), "the first attempt was late; the second is no late run");
        var tally = RunTally.Of(2, default(MinuteSeen).Plus(rollup.Counts, rollup.Late), settled: true);
        Assert.That((tally.Executed, tally.Missed, tally.Extra, rollup.Counts.Availability), Is.EqualTo((2L, 0L, 0L, (double?)1)));
    }

    private async Task<Rollup> RollupAsync() => (await _under.Store.ReadRollupsAsync(Results.Now, Results.Now.AddMinutes(1), default)).Single().Rollup;

    private async Task RollUpAsync()
    {
        while (await _under.Store.ReadDirtyAsync(1000, default) is { Count: > 0 } keys)
        {
            await _under.Store.RollUpAsync(keys, default);
        }
    }
}
