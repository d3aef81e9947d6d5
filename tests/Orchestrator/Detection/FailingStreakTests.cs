using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Rollups;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class FailingStreakTests
{
    private const long Minute = 29_000_000;

    private readonly Dictionary<(int Agent, long Minute), RunCounts> _read = [];
    private FailingStreak _streak = null!;

    [SetUp]
    public void Begin()
    {
        _streak = new FailingStreak();
        _read.Clear();
    }

    // Runs are told of 3 s late, and looked at every second.
    [TestCase(5, 3, 2, Description = "three days of runs are remembered")]
    [TestCase(10, 3, 2)]
    [TestCase(20, 3, 2)]
    [TestCase(5, 0, 3, Description = "there is an hour of them")]
    [TestCase(10, 0, 3)]
    [TestCase(20, 0, 4)]
    public void An_outage_is_flagged_with_few_failed_runs_in_whatever_part_of_a_minute_it_begins(int interval, int days, int failed)
    {
        for (var second = 0; second < 60; second += 5)
        {
            var region = new SimulatedRegion(7, interval);
            region.Watch.History.Older.Add(MinuteHistory.MinuteOf(SimulatedRegion.Start), new RunCounts { Passed = days * 86_400 / interval });
            region.Pass(TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(second), new Weather());
            var took = region.UntilFlagged(TimeSpan.FromMinutes(3), new Weather { Failing = 1 });
            Assert.That(took?.TotalSeconds, Is.LessThanOrEqualTo((failed * interval) + 4), $"second {second}: {region.Verdict.Sentence}");
        }
    }

    [Test]
    public void What_failed_in_several_readings_adds_up_across_a_minute()
    {
        Read(1, Minute, passed: 3, failed: 0);
        Assert.That(_streak.Settle(Minute), Is.Null);
        Read(1, Minute, passed: 3, failed: 1);
        Assert.That(_streak.Settle(Minute), Is.Null, "one is a flake");
        Read(1, Minute, passed: 3, failed: 2);
        Read(1, Minute + 1, passed: 0, failed: 1);
        var failing = _streak.Settle(Minute + 1)!;
        Assert.That((failing.Rollup.Counts.Passed, failing.Rollup.Counts.Failed, failing.Agents, failing.From), Is.EqualTo((0, 3, 1, MinuteHistory.Start(Minute))));
        Assert.That(_streak.Settle(Minute + 1)!.Rollup.Counts.Failed, Is.EqualTo(3), "nothing new");
    }

    [Test]
    public void A_run_that_passes_ends_it_and_so_does_one_read_together_with_failures()
    {
        Read(1, Minute, passed: 0, failed: 3);
        Assert.That(_streak.Settle(Minute), Is.Not.Null);
        Read(1, Minute, passed: 1, failed: 6);
        Assert.That(_streak.Settle(Minute), Is.Null);
        Read(1, Minute, passed: 1, failed: 7);
        Assert.That(_streak.Settle(Minute), Is.Null);
    }

    [Test]
    public void Another_agent_that_passes_ends_it_in_whatever_order_both_are_read([Values] bool first)
    {
        Read(first ? 1 : 2, Minute, passed: first ? 5 : 0, failed: first ? 0 : 5);
        Read(first ? 2 : 1, Minute, passed: first ? 0 : 5, failed: first ? 5 : 0);
        Assert.That(_streak.Settle(Minute), Is.Null);
    }

    [Test]
    public void Of_several_agents_each_must_have_failed_twice()
    {
        Array.ForEach([1, 2, 3], a => Read(a, Minute, passed: 0, failed: 1));
        Assert.That(_streak.Settle(Minute), Is.Null, "a fourth may pass every time, and be heard last");
        Array.ForEach([1, 2, 3], a => Read(a, Minute, passed: 0, failed: 2));
        Assert.That(_streak.Settle(Minute)!.Rollup.Counts.Failed, Is.EqualTo(6));
    }

    [Test]
    public void A_run_on_demand_that_passes_ends_it_too_but_not_what_is_read_after_it()
    {
        Read(1, Minute, passed: 0, failed: 2);
        Assert.That(_streak.Settle(Minute), Is.Not.Null);
        _streak.Passed();
        Read(1, Minute, passed: 0, failed: 3);
        Assert.That(_streak.Settle(Minute), Is.Null);
        Read(1, Minute, passed: 0, failed: 4);
        Assert.That(_streak.Settle(Minute)!.Rollup.Counts.Failed, Is.EqualTo(2));
    }

    [Test]
    public void Others_are_asked_about_a_failure_until_the_one_agent_that_runs_it_has_passed_again()
    {
        var region = new SimulatedRegion(1, 5);
        var check = FixedCatalog.Of(TimeSpan.FromSeconds(5), "use1=us-east").Current.Checks["shop"];
        region.Pass(TimeSpan.FromMinutes(30), new Weather());
        region.Pass(TimeSpan.FromSeconds(5), new Weather { Failing = 1 });
        Assert.That(ConfirmedWatch.Doubt(region.Watch, check, region.Verdict)?.Doubt, Is.EqualTo(Doubt.Failed));
        region.Pass(TimeSpan.FromSeconds(6), new Weather());
        Assert.That(ConfirmedWatch.Doubt(region.Watch, check, region.Verdict), Is.Null);
    }

    [Test]
    public void What_arrives_late_is_no_part_of_it_and_what_has_been_silent_for_a_minute_is_over()
    {
        Read(1, Minute, passed: 0, failed: 2);
        Read(1, Minute - 2, passed: 9, failed: 9);
        Assert.That(_streak.Settle(Minute)!.Rollup.Counts.Failed, Is.EqualTo(2));
        Assert.That(_streak.Settle(Minute + 2), Is.Null);
    }

    private void Read(int agent, long minute, int passed, int failed)
    {
        var now = new RunCounts(passed, failed, 0, 0, 0, 0);
        _streak.Saw(new RollupKey(1, agent, minute), _read.GetValueOrDefault((agent, minute)), now);
        _read[(agent, minute)] = now;
    }
}
