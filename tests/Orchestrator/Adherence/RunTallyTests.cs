using Probes.Orchestrator.Adherence;

namespace Probes.Tests.Orchestrator.Adherence;

public sealed class RunTallyTests
{
    [Test]
    public void What_was_due_and_not_made_is_missed_whatever_agents_say() =>
        Assert.That(RunTally.Of(6, new MinuteSeen(2, 1, 1), settled: true), Is.EqualTo(new RunTally(6, 2, 1, Missed: 4, Told: 1, Pending: 0, Extra: 0)));

    [Test]
    public void What_may_still_come_is_not_missed_unless_an_agent_says_so() =>
        Assert.That(RunTally.Of(6, new MinuteSeen(2, 0, 1), settled: false), Is.EqualTo(new RunTally(6, 2, 0, Missed: 1, Told: 1, Pending: 3, Extra: 0)));

    [Test]
    public void What_agents_report_dropped_was_made_and_is_not_missed()
    {
        Assert.That(RunTally.Of(6, new MinuteSeen(2, 0, 2), settled: true, dropped: 3), Is.EqualTo(new RunTally(6, 2, 0, Missed: 1, Told: 1, Pending: 0, Extra: 0, Dropped: 3)));
        Assert.That(RunTally.Of(6, new MinuteSeen(5, 0, 0), settled: false, dropped: 9), Is.EqualTo(new RunTally(6, 5, 0, Missed: 0, Told: 0, Pending: 0, Extra: 0, Dropped: 1)));
        Assert.That(RunTally.Of(4, new MinuteSeen(1, 0, 0), settled: true, dropped: 2).Ratio, Is.EqualTo(0.25));
    }

    [Test]
    public void What_ran_twice_in_one_minute_does_not_make_up_for_another()
    {
        var sum = RunTally.Of(6, new MinuteSeen(12, 0, 0), true) + RunTally.Of(6, default, true);
        Assert.That((sum.Expected, sum.Executed, sum.Missed, sum.Extra), Is.EqualTo((12L, 12L, 6L, 6L)));
        Assert.That(sum.Ratio, Is.EqualTo(0.5));
    }

    [Test]
    public void Agents_cannot_report_more_missed_than_were_due() =>
        Assert.That(RunTally.Of(6, new MinuteSeen(6, 0, 1_000), true).Missed, Is.Zero);

    [Test]
    public void Without_anything_due_there_is_no_ratio() => Assert.That(default(RunTally).Ratio, Is.Null);
}
