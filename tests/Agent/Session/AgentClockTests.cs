using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Session;

namespace Probes.Tests.Agent.Session;

public sealed class AgentClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private SetTime _time = null!;
    private AgentClock _clock = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new SetTime();
        _clock = new AgentClock(_time);
    }

    [TestCase(1)]
    [TestCase(-1)]
    public void A_leap_of_the_machines_clock_moves_nothing_once_the_orchestrator_was_heard(int direction)
    {
        _clock.Set(TimeSpan.FromSeconds(7));
        var before = _clock.Now;
        _time.Advance(TimeSpan.FromSeconds(3));
        _time.Leapt = direction * Hour;
        for (var i = 0; i < 5; i++)
        {
            Assert.That(_clock.Now - before, Is.EqualTo(TimeSpan.FromSeconds(3 + (2 * i))));
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        // The next answer is measured against the same clock, and finds it as it was; what the machine says now is told apart.
        _clock.Set(TimeSpan.FromSeconds(7));
        Assert.That(_clock.Now - before, Is.EqualTo(TimeSpan.FromSeconds(13)));
        Assert.That((_clock.Offset, _clock.WallOffset), Is.EqualTo((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7) - (direction * Hour))));

        // Put right again: nothing moves either.
        _time.Leapt = TimeSpan.Zero;
        Assert.That(_clock.Now - before, Is.EqualTo(TimeSpan.FromSeconds(13)));
        Assert.That(_clock.WallOffset, Is.EqualTo(_clock.Offset));
    }

    [Test]
    public void What_a_time_service_does_little_by_little_is_followed()
    {
        _clock.Set(TimeSpan.Zero);
        var before = _clock.Now;
        for (var i = 1; i <= 10; i++)
        {
            _time.Leapt += TimeSpan.FromSeconds(0.4);
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.That(_clock.Now - before, Is.EqualTo(TimeSpan.FromSeconds(5.4 * i)));
        }
    }

    [Test]
    public void Before_the_orchestrator_was_heard_the_machines_clock_is_all_there_is()
    {
        _clock.Restore(TimeSpan.FromSeconds(5));
        var before = _clock.Now;
        _time.Leapt = Hour;
        Assert.That(_clock.Now - before, Is.EqualTo(Hour), "it may be put right at last");
    }

    /// <summary>A wall clock that can be set while the monotonic one goes on.</summary>
    private sealed class SetTime : FakeTimeProvider
    {
        public TimeSpan Leapt { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Leapt;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
