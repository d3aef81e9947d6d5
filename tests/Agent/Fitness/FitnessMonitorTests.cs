using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Fitness;
using Probes.Agent.Probes;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Fitness;

/// <summary>The monitor's looks one by one, on a clock that a test moves. The resolver is a real one on a socket.</summary>
public sealed class FitnessMonitorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private Clock _time = null!;
    private Spooled _spool = null!;
    private SessionPulse _pulse = null!;
    private AgentClock _clock = null!;
    private FitnessMonitor _monitor = null!;
    private FakeDns _dns = null!;
    private ResolverCanary _canary = null!;
    private Action _amidLook = () => { };
    private volatile bool _silent;

    [SetUp]
    public void SetUp()
    {
        _silent = false;
        _amidLook = () => { };
        _dns = new FakeDns((_, _) => _silent ? null : new FakeDns.Reply());
        _time = new Clock();
        (_spool, _pulse, _clock) = (new Spooled(), new SessionPulse(_time), new AgentClock(_time));
        _canary = new ResolverCanary(new ResolverOptions { Server = new IPEndPoint(IPAddress.Loopback, _dns.Port) }, _time);
        _monitor = new FitnessMonitor(_spool, _clock, _pulse, _canary, Read, _time, NullLogger<FitnessMonitor>.Instance);
        _pulse.Connected(TimeSpan.FromSeconds(5));
        Seconds(11);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _monitor.StopAsync(CancellationToken.None);
        _monitor.Dispose();
        await _dns.DisposeAsync();
    }

    [Test]
    public void A_failure_is_believed_after_two_looks_and_what_passed_at_once()
    {
        Run("a.test", RunStatus.Passed, "");
        Assert.That(_spool.Results, Has.Count.EqualTo(1));
        Run("a.test", RunStatus.Failed, "bad_status", FailureSource.Target);
        Seconds(1);
        Assert.That((_spool.Results.Count, _monitor.Held), Is.EqualTo((1, 1)));
        Assert.That(_spool.Hurried, Is.Zero, "what passed need not hurry");
        Seconds(1);
        Assert.That((_spool.Results.Count, _spool.Hurried, _monitor.Held), Is.EqualTo((2, 2, 0)));
        Assert.That(_spool.Results.Last().Unfit, Is.Empty);
    }

    [Test]
    public void A_stopped_process_marks_what_was_under_way_whether_it_failed_or_passed_and_whichever_comes_first_after()
    {
        var began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(8));
        Run("a.test", RunStatus.TimedOut, "wait_timeout", FailureSource.Target, began);
        Run("b.test", RunStatus.Passed, "", FailureSource.None, began);
        Assert.That(_spool.Results, Is.Empty, "nobody has looked yet");
        _monitor.LookOnce();
        Run("c.test", RunStatus.Passed, "", FailureSource.None, began);
        Seconds(2);
        Assert.That(_spool.Results.Select(r => r.Unfit), Is.EqualTo(new[] { "cpu", "cpu", "cpu" }));
        Assert.That(_monitor.Unfit().Single().Detail, Does.StartWith("the agent did not run for 7.0 s"));
        Seconds(25);
        Assert.That(_monitor.Unfit(), Is.Empty);
        Run("d.test", RunStatus.Passed, "");
        Assert.That(_spool.Results.Last().Unfit, Is.Empty);
    }

    [Test]
    public void What_ends_during_the_first_look_after_a_stop_is_marked_too()
    {
        var began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(8));
        _amidLook = () => Run("a.test", RunStatus.Passed, "", FailureSource.None, began);
        _monitor.LookOnce();
        _amidLook = () => { };
        Seconds(3);
        Assert.That(_spool.Results.Select(r => r.Unfit), Is.EqualTo(new[] { "cpu" }));
    }

    [Test]
    public void A_link_that_is_gone_is_told_from_dead_targets_and_from_an_orchestrator_that_is_away()
    {
        // Three dead targets; the orchestrator is heard.
        Cut("a.test", "b.test", "c.test");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _pulse.Heard();
        Seconds(3);
        Assert.That(_spool.Results.Select(r => (r.Unfit, r.Source)), Is.EqualTo(Enumerable.Repeat(("", FailureSource.Network), 3)));

        // The orchestrator is away as well, but a fourth target answers.
        _pulse.Lost();
        Run("d.test", RunStatus.Passed, "");
        Cut("a.test", "b.test");
        Seconds(4);
        Run("d.test", RunStatus.Passed, "");
        Seconds(1);
        Assert.That(_spool.Results.Select(r => r.Unfit), Is.All.Empty);
        Assert.That(_spool.Results, Has.Count.EqualTo(7));

        // Nothing gets through any more.
        Cut("a.test", "b.test", "c.test");
        Seconds(3);
        Assert.That(_monitor.Unfit().Select(u => (u.What, u.Detail)), Is.EqualTo(new[] { ("link", "nothing is reached: none of 3 targets, nor the orchestrator") }));
        Seconds(8);
        Assert.That(_spool.Results.TakeLast(3).Select(r => r.Unfit), Is.All.EqualTo("link"));
    }

    [Test]
    public async Task A_resolver_that_stops_answering_is_the_agents_fault_from_the_first_name_on()
    {
        Run("a.test", RunStatus.Passed, "");
        await LooksAsync(() => true, 1);
        await Poll.UntilAsync(() => Task.FromResult(_monitor.State is not null && CanaryKnown()), TimeSpan.FromSeconds(10), "the canary was answered");
        _silent = true;
        Run("a.test", RunStatus.TimedOut, "dns_timeout", FailureSource.Dns);
        await LooksAsync(() => _monitor.Unfit().Any(u => u.What == "resolver"), 9);
        Assert.That(_spool.Results.Skip(1), Is.Empty, "the first failure was not believed");
        Seconds(10);
        Assert.That(_spool.Results.Skip(1).Select(r => r.Unfit), Is.EqualTo(new[] { "resolver" }));

        _silent = false;
        Run("a.test", RunStatus.Passed, "");
        Seconds(25);
        Assert.That(_monitor.Unfit(), Is.Empty);

        bool CanaryKnown()
        {
            Seconds(1);
            // Its answer, not only its question: one that came after the failure would make that believed.
            return _canary.Trusted;
        }
    }

    [Test]
    public async Task A_name_whose_own_servers_are_dead_blames_dns_because_the_root_is_told()
    {
        Run("a.test", RunStatus.TimedOut, "dns_timeout", FailureSource.Dns);
        await LooksAsync(() => _spool.Results.Count == 1, 9);
        Assert.That(_spool.Results.Single().Unfit, Is.Empty);
    }

    [Test]
    public void A_clock_far_off_is_unfit_until_it_is_right()
    {
        _clock.Set(TimeSpan.FromHours(1));
        Seconds(2);
        Assert.That(_monitor.Unfit().Single().Detail, Is.EqualTo("the clock is 3600 s behind the orchestrator's"));
        _clock.Set(TimeSpan.Zero);
        Seconds(25);
        Assert.That(_monitor.Unfit(), Is.Empty);
    }

    [Test]
    public void A_clock_that_is_set_marks_the_runs_under_way()
    {
        _time.Ahead = TimeSpan.FromSeconds(30);
        var began = _time.GetTimestamp();
        Seconds(1);
        Run("a.test", RunStatus.Passed, "", FailureSource.None, began);
        Assert.That(_spool.Results.Single().Unfit, Is.EqualTo("clock"));
    }

    [Test]
    public void A_run_that_somebody_waits_for_is_marked_at_once()
    {
        var result = new RunResult { Check = "c", CheckRevision = 1, Due = default, Status = RunStatus.Failed, Source = FailureSource.Target };
        Assert.That(_monitor.Mark(result, _time.GetTimestamp()).Unfit, Is.Empty);
        _clock.Set(TimeSpan.FromHours(1));
        Seconds(2);
        Assert.That(_monitor.Mark(result, _time.GetTimestamp()).Unfit, Is.EqualTo("clock"));
    }

    [Test]
    public void Runs_that_start_late_mark_themselves()
    {
        for (var i = 0; i < 3; i++)
        {
            _monitor.Starts(TimeSpan.FromMilliseconds(400));
            _monitor.Starts(TimeSpan.FromMilliseconds(4));
        }

        Seconds(2);
        Assert.That(_monitor.Unfit().Single().Detail, Is.EqualTo("3 of 6 runs started over 250 ms late, the worst 400 ms"));
    }

    [Test]
    public async Task A_stop_lets_everything_go()
    {
        Run("a.test", RunStatus.TimedOut, "connect_timeout", FailureSource.Network);
        await _monitor.StopAsync(CancellationToken.None);
        Assert.That((_spool.Results.Count, _monitor.Held), Is.EqualTo((1, 0)));
    }

    [Test]
    public void What_waits_is_bounded()
    {
        for (var i = 0; i < HeldResults.Most + 5; i++)
        {
            Run("a.test", RunStatus.Failed, "bad_status", FailureSource.Target);
        }

        Assert.That((_spool.Results.Count, _monitor.Held), Is.EqualTo((5, HeldResults.Most)));
    }

    private MachineTotals Read()
    {
        _amidLook();
        return default;
    }

    private void Seconds(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _time.Advance(Second);
            _monitor.LookOnce();
        }
    }

    // The resolver answers, or does not, in real time.
    private async Task LooksAsync(Func<bool> until, int most)
    {
        for (var i = 0; i < most && !until(); i++)
        {
            Seconds(1);
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }

        Assert.That(until(), $"within {most} looks");
    }

    private void Cut(params string[] hosts)
    {
        foreach (var host in hosts)
        {
            Run(host, RunStatus.TimedOut, "connect_timeout", FailureSource.Network);
        }
    }

    private void Run(string host, RunStatus status, string reason, FailureSource source = FailureSource.None, long? began = null)
    {
        var start = began ?? _time.GetTimestamp();
        if (began is null)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        _monitor.Take(new Check { Name = "c", Probe = new TcpSpec { Host = host, Port = 1 } }, new RunResult
        {
            Check = "c",
            CheckRevision = 1,
            Due = default,
            Status = status,
            Source = source,
            Reason = reason,
            Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1), null, null, null, null, null),
        }, start);
    }

    private sealed class Clock : FakeTimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

        public override long GetTimestamp() => base.GetUtcNow().UtcTicks;
    }

    private sealed class Spooled : ISpool
    {
        public ConcurrentQueue<RunResult> Results { get; } = new();

        public long Depth => Results.Count;

        public long Dropped => 0;

        public long Quarantined => 0;

        /// <summary>Results there were when it was last asked to hurry.</summary>
        public int Hurried { get; private set; }

        public void Append(RunResult result) => Results.Enqueue(result);

        public void Hurry() => Hurried = Results.Count;
    }
}
