using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Schedule;
using Probes.Agent.Session;
using Probes.Contracts.Checks;

namespace Probes.Tests.Agent.Schedule;

public sealed class RunSchedulerTests
{
    private FakeTimeProvider _time = null!;
    private Sink _sink = null!;
    private AgentClock _clock = null!;
    private RunScheduler _scheduler = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
        _sink = new Sink();
        _clock = new AgentClock(_time);
        _scheduler = new RunScheduler(_sink, _clock, _time, NullLogger<RunScheduler>.Instance);
        _scheduler.Replace([Check("c", 1)], "l");
        _scheduler.Tick();
    }

    [TearDown]
    public void TearDown() => _scheduler.Dispose();

    [Test]
    public void Ten_minutes_of_seconds_give_600_runs_without_drift()
    {
        Go(TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(5));
        Assert.That(_sink.Started, Has.Count.EqualTo(600));
        Assert.That(_sink.Started.Zip(_sink.Started.Skip(1), (a, b) => b.Due - a.Due), Is.All.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void A_run_that_finds_no_place_waits_for_one_and_is_missed_after_its_window()
    {
        _sink.Places = 0;
        Go(TimeSpan.FromSeconds(1.3), TimeSpan.FromMilliseconds(5));
        _sink.Places = int.MaxValue;
        Go(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(5));
        Assert.That(_sink.Started.Count + _sink.Overloaded.Count, Is.InRange(1, 2), "every due time ended");
        _sink.Places = 0;
        Go(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        Assert.That(_sink.Overloaded.Count, Is.InRange(9, 11));
        Assert.That(_sink.Started.Concat(_sink.Overloaded).Select(r => r.Due), Is.Unique);
    }

    [Test]
    public void A_suspended_agent_counts_what_it_missed_and_replays_nothing()
    {
        Go(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(5));
        var before = _sink.Started.Count;
        _time.Advance(TimeSpan.FromMinutes(5));
        _scheduler.Tick();
        Assert.That(_sink.Gaps.Sum(g => g.Count) + _sink.Started.Count - before, Is.EqualTo(300));
        Assert.That(_sink.Started.Count - before, Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void A_corrected_clock_moves_the_schedule_and_misses_nothing()
    {
        Go(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(5));
        foreach (var hours in new[] { 1, -1 })
        {
            _sink.Started.Clear();
            _clock.Set(TimeSpan.FromHours(hours));
            Go(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(5));
            Assert.That(_sink.Started, Has.Count.EqualTo(5));
            Assert.That(_sink.Started.Select(r => r.Due), Is.All.InRange(_clock.Now - TimeSpan.FromSeconds(5), _clock.Now));
        }

        Assert.That(_sink.Gaps, Is.Empty);
        Assert.That(_sink.Overloaded, Is.Empty);
    }

    [Test]
    public void It_sleeps_until_the_next_is_due_but_wakes_each_second_for_the_clock()
    {
        _scheduler.Replace([Check("hourly", 3600)], "l");
        Assert.That(_scheduler.Tick(), Is.GreaterThan(TimeSpan.FromMilliseconds(4)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));
    }

    private void Go(TimeSpan span, TimeSpan step)
    {
        for (var gone = TimeSpan.Zero; gone < span; gone += step)
        {
            _time.Advance(step);
            _sink.Now = _clock.Now;
            _scheduler.Tick();
        }
    }

    private static Check Check(string name, int seconds) => new()
    {
        Name = name,
        Interval = TimeSpan.FromSeconds(seconds),
        Timeout = TimeSpan.FromSeconds(1),
        Probe = new TcpSpec { Host = "127.0.0.1", Port = 9 },
    };

    private sealed class Sink : IRunSink
    {
        public int Places { get; set; } = int.MaxValue;

        public DateTimeOffset Now { get; set; }

        public List<DueRun> Started { get; } = [];

        public List<DueRun> Overloaded { get; } = [];

        public List<MissedRange> Gaps { get; } = [];

        public bool TryStart(DueRun run)
        {
            if (Places <= 0)
            {
                return false;
            }

            Assert.That(Now == default || run.Due <= Now, "never early");
            Places--;
            Started.Add(run);
            return true;
        }

        public void Missed(DueRun run) => Overloaded.Add(run);

        public void Missed(MissedRange range) => Gaps.Add(range);
    }
}
