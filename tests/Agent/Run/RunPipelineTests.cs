using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent;
using Probes.Agent.Fitness;
using Probes.Agent.Probes;
using Probes.Agent.Run;
using Probes.Agent.Schedule;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Run;

public sealed class RunPipelineTests
{
    private MemorySpool _spool = new();
    private RunCounters _counters = new();
    private FitnessMonitor? _fitness;

    [SetUp]
    public void SetUp() => (_spool, _counters) = (new MemorySpool(), new RunCounters());

    [Test]
    public async Task An_outcome_becomes_a_result_with_its_due_time_and_lateness()
    {
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(new ProbeOutcome { Status = RunStatus.Passed, StatusCode = 200 })));
        var due = TimeProvider.System.GetUtcNow() - TimeSpan.FromMilliseconds(150);
        Assert.That(pipeline.TryStart(new DueRun(Check(), due)), Is.True);
        var result = await OneAsync();
        Assert.That(result.Due, Is.EqualTo(due));
        Assert.That(result.Late, Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(150)));
        Assert.That((result.Status, result.StatusCode, result.CheckRevision), Is.EqualTo((RunStatus.Passed, 200, 4L)));
        Assert.That((_counters.Executed, _counters.Late), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task A_probes_own_fault_is_the_agents_and_is_not_lost()
    {
        using var pipeline = Pipeline(new FakeProbe((_, _) => throw new InvalidOperationException("broken")));
        pipeline.TryStart(Now());
        var result = await OneAsync();
        Assert.That((result.Status, result.Source, result.Reason), Is.EqualTo((RunStatus.Failed, FailureSource.Agent, "agent_error")));
        Assert.That(result.Message, Does.Contain("broken"));
    }

    [Test]
    public async Task A_kind_without_a_probe_is_the_agents_fault()
    {
        using var pipeline = Pipeline(null);
        pipeline.TryStart(Now());
        Assert.That((await OneAsync()).Reason, Is.EqualTo("agent_error"));
    }

    [Test]
    public async Task Time_is_up_after_the_checks_time_out_again_and_again()
    {
        using var pipeline = Pipeline(new FakeProbe(async (timeout, _) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, timeout);
            return new ProbeOutcome { Status = RunStatus.Passed };
        }));
        for (var i = 1; i <= 3; i++)
        {
            pipeline.TryStart(Now());
            await Until(() => _spool.Results.Count == i);
        }

        Assert.That(_spool.Results.Select(r => r.Status), Is.All.EqualTo(RunStatus.TimedOut));
        Assert.That(_spool.Results.Select(r => r.Duration.TotalMilliseconds), Is.All.InRange(100, 2000));
    }

    [Test]
    public async Task Concurrency_is_bounded_and_places_come_back()
    {
        var gate = new TaskCompletionSource();
        using var pipeline = Pipeline(
            new FakeProbe(async (_, _) =>
            {
                await gate.Task;
                return new ProbeOutcome { Status = RunStatus.Passed };
            }), most: 3);
        Assert.That(Enumerable.Range(0, 5).Select(_ => pipeline.TryStart(Now())), Is.EqualTo(new[] { true, true, true, false, false }));
        gate.SetResult();
        await Until(() => pipeline.Running == 0);
        Assert.That(pipeline.TryStart(Now()), Is.True);
        await Until(() => _spool.Results.Count == 4);
    }

    [Test]
    public async Task A_stop_abandons_what_does_not_end_and_still_gives_a_result()
    {
        using var pipeline = Pipeline(
            new FakeProbe(async (_, stopping) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
                return new ProbeOutcome { Status = RunStatus.Passed };
            }));
        pipeline.TryStart(Now());
        await pipeline.StopAsync(CancellationToken.None);
        var result = await OneAsync();
        Assert.That((result.Status, result.Source, result.Reason), Is.EqualTo((RunStatus.Missed, FailureSource.Agent, "agent_stopping")));
    }

    [Test]
    public void A_long_gap_is_counted_whole_and_reported_in_part()
    {
        using var pipeline = Pipeline(null);
        var first = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        pipeline.Missed(new MissedRange(Check(), first, 86_400));
        Assert.That(_spool.Results, Has.Count.EqualTo(RunPipeline.MostMissedPerCheck));
        Assert.That(_spool.Results.Last().Due, Is.EqualTo(first.AddSeconds(86_399)), "the newest");
        Assert.That((_counters.Missed, _counters.MissedUnreported), Is.EqualTo((86_400L, 85_400L)));
    }

    [Test]
    public void A_missed_run_is_a_result_of_the_agent()
    {
        using var pipeline = Pipeline(null);
        pipeline.Missed(Now());
        var result = _spool.Results.Single();
        Assert.That((result.Status, result.Source, result.Reason), Is.EqualTo((RunStatus.Missed, FailureSource.Agent, "agent_overloaded")));
    }

    [Test]
    public async Task A_failed_run_is_made_again_and_its_attempts_are_of_one_due_time()
    {
        var made = 0;
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(Interlocked.Increment(ref made) < 3 ? Refused : new ProbeOutcome { Status = RunStatus.Passed })));
        var run = Retrying(runs: 3);
        pipeline.TryStart(run);
        await Until(() => pipeline.Running == 0 && made == 3);
        await LetGoAsync();
        Assert.That(_spool.Results.OrderBy(r => r.Attempt).Select(r => (r.Due, r.Attempt, r.Retried, r.Status)),
            Is.EqualTo(new[] { (run.Due, 1, true, RunStatus.Failed), (run.Due, 2, true, RunStatus.Failed), (run.Due, 3, false, RunStatus.Passed) }));
        Assert.That((_counters.Executed, _counters.Missed), Is.EqualTo((1L, 0L)), "one run");
    }

    [Test]
    public async Task The_last_attempt_that_fails_counts_and_there_is_no_other()
    {
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(Refused)));
        pipeline.TryStart(Retrying(runs: 1));
        await Until(() => pipeline.Running == 0 && _counters.Executed == 1);
        await pipeline.WaitIdleAsync(TimeSpan.FromSeconds(10));
        await LetGoAsync();
        Assert.That(_spool.Results.OrderBy(r => r.Attempt).Select(r => (r.Attempt, r.Retried)), Is.EqualTo(new[] { (1, true), (2, false) }));
    }

    [Test]
    public async Task What_passes_or_fails_by_the_agents_own_fault_is_not_made_again()
    {
        var outcomes = new ConcurrentQueue<ProbeOutcome>([new ProbeOutcome { Status = RunStatus.Passed }, RunResults.AgentError("broken")]);
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(outcomes.TryDequeue(out var next) ? next : Refused)));
        pipeline.TryStart(Retrying(runs: 3));
        pipeline.TryStart(Retrying(runs: 3));
        await Until(() => _spool.Results.Count == 2);
        Assert.That(_spool.Results.Select(r => (r.Attempt, r.Retried)), Is.All.EqualTo((0, false)));
    }

    [Test]
    public async Task An_attempt_that_fails_by_the_agents_own_fault_does_not_excuse_the_failure_before_it()
    {
        var made = 0;
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(Interlocked.Increment(ref made) == 1 ? Refused : RunResults.AgentError("no sockets left"))));
        pipeline.TryStart(Retrying(runs: 1));
        await Until(() => made == 2);
        await pipeline.WaitIdleAsync(TimeSpan.FromSeconds(10));
        await LetGoAsync();
        Assert.That(_spool.Results.Select(r => (r.Attempt, r.Retried, r.Source)), Is.EqualTo(new[] { (0, false, FailureSource.Target) }));
    }

    [Test]
    public async Task A_stop_between_two_attempts_keeps_the_one_that_was_made_and_it_counts()
    {
        using var pipeline = Pipeline(new FakeProbe((_, _) => ValueTask.FromResult(Refused)));
        pipeline.TryStart(Retrying(runs: 1, after: 30));
        await Until(() => _counters.Executed == 1 && pipeline.Running == 0);
        await pipeline.StopAsync(CancellationToken.None);
        await LetGoAsync();
        Assert.That(_spool.Results.Select(r => (r.Attempt, r.Retried, r.Status)), Is.EqualTo(new[] { (0, false, RunStatus.Failed) }));
    }

    [Test]
    public async Task What_waits_for_its_next_attempt_holds_no_place_and_is_not_made_without_one()
    {
        var gate = new TaskCompletionSource();
        var made = 0;
        using var pipeline = Pipeline(new FakeProbe(async (_, _) =>
        {
            if (Interlocked.Increment(ref made) > 1)
            {
                await gate.Task;
            }

            return Refused;
        }), most: 1);
        pipeline.TryStart(Retrying(runs: 1, after: 1));
        await Until(() => _counters.Executed == 1 && pipeline.Running == 0);
        Assert.That(pipeline.TryStart(Now()), Is.True, "the place is free meanwhile");
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System);
        gate.SetResult();
        await pipeline.WaitIdleAsync(TimeSpan.FromSeconds(10));
        await LetGoAsync();
        Assert.That(_spool.Results.Select(r => (r.Attempt, r.Retried)), Is.EqualTo(new[] { (0, false), (0, false) }));
    }

    private static readonly ProbeOutcome Refused = new() { Status = RunStatus.Failed, Source = FailureSource.Target, Reason = "status" };

    private static DueRun Retrying(int runs, double after = 0) => new(Check() with { Retry = new Retry(runs, TimeSpan.FromSeconds(after)) }, TimeProvider.System.GetUtcNow());

    // Failures are held until they can be believed; a stop lets them go.
    private Task LetGoAsync() => _fitness!.StopAsync(CancellationToken.None);

    [TearDown]
    public async Task TearDown()
    {
        if (_fitness is not null)
        {
            await _fitness.StopAsync(CancellationToken.None);
            _fitness.Dispose();
        }
    }

    private FitnessMonitor Fitness()
    {
        var resolver = new ResolverCanary(new ResolverOptions(), TimeProvider.System);
        _fitness = new FitnessMonitor(
            _spool, new AgentClock(TimeProvider.System), new SessionPulse(TimeProvider.System), resolver, () => default, TimeProvider.System, NullLogger<FitnessMonitor>.Instance);
        _ = _fitness.StartAsync(CancellationToken.None);
        return _fitness;
    }

    private RunPipeline Pipeline(IProbe? probe, int most = 64) => new(
        _ => probe, _spool, Fitness(), new AgentClock(TimeProvider.System), TimeProvider.System,
        new AgentOptions { Orchestrator = new Uri("http://localhost:5081"), MaxConcurrency = most }, _counters, NullLogger<RunPipeline>.Instance);

    private static DueRun Now() => new(Check(), TimeProvider.System.GetUtcNow());

    private static Check Check() => new()
    {
        Name = "c",
        Revision = 4,
        Interval = TimeSpan.FromSeconds(1),
        Timeout = TimeSpan.FromMilliseconds(100),
        Probe = new TcpSpec { Host = "127.0.0.1", Port = 9 },
    };

    private async Task<RunResult> OneAsync()
    {
        await Until(() => !_spool.Results.IsEmpty);
        return _spool.Results.Single();
    }

    private static Task Until(Func<bool> condition) =>
        Poll.UntilAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(10), "the pipeline", TimeSpan.FromMilliseconds(5));

    private sealed class FakeProbe(Func<CancellationToken, CancellationToken, ValueTask<ProbeOutcome>> run) : IProbe
    {
        public string Kind => "tcp";

        public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) => run(timeout, stopping);
    }

    private sealed class MemorySpool : ISpool
    {
        public ConcurrentQueue<RunResult> Results { get; } = new();

        public long Depth => Results.Count;

        public long Dropped => 0;

        public long Quarantined => 0;

        public void Append(RunResult result) => Results.Enqueue(result);

        public void Hurry()
        {
        }
    }
}
