using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection.Confirmation;

public sealed class ConfirmedJudgmentTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly RegionWindow Baseline = Window(60, 0);

    [Test]
    public void Two_failures_and_another_agent_of_the_region_that_fails_likewise_are_an_outage()
    {
        var confirmed = Of(Healthy(Window(8, 2)), Window(0, 2), [Asked(2, "eu", false)]);
        Assert.That((confirmed.Level, confirmed.Certain, confirmed.Evidence.Availability), Is.EqualTo((Level.Down, true, (double?)0)));
    }

    [Test]
    public void One_failure_is_never_an_outage_however_many_agents_fail_with_it()
    {
        var confirmed = Of(Healthy(Window(9, 1)), Window(1, 1), [Asked(2, "eu", false), Asked(3, "eu", false), Asked(4, "us", false)]);
        Assert.That(confirmed.Level, Is.EqualTo(Level.Healthy));
    }

    [Test]
    public void All_other_regions_together_are_one_judgment_and_only_when_none_of_them_passes()
    {
        Assert.That(Of(Healthy(Window(8, 2)), Window(0, 2), [Asked(4, "us", false), Asked(5, "asia", false)]).Level, Is.EqualTo(Level.Down));
        Assert.That(Of(Healthy(Window(8, 2)), Window(0, 2), [Asked(4, "us", false), Asked(5, "asia", true)]).Level, Is.EqualTo(Level.Healthy));
        Assert.That(ConfirmedJudgment.Votes([Asked(4, "us", false), Asked(5, "asia", false)], "eu"), Is.EqualTo(1));
    }

    [Test]
    public void Without_a_baseline_it_is_an_outage_but_not_certain() =>
        Assert.That(Of(Healthy(Window(8, 2)), Window(0, 2), [Asked(2, "eu", false)], baseline: null), Has.Property("Level").EqualTo(Level.Down).And.Property("Certain").False);

    [Test]
    public void What_failed_now_and_then_before_needs_more_than_two_failures_and_a_confirmation()
    {
        var flaky = Window(90, 10);
        var judged = Healthy(Window(7, 3));
        Assert.That(Of(judged, Window(3, 2), [Asked(2, "eu", false)], flaky).Level, Is.EqualTo(Level.Healthy));
    }

    [Test]
    public void The_same_agent_that_fails_again_at_once_is_one_voice_where_there_is_no_other()
    {
        var again = Asked(1, "eu", false) with { Again = true };
        Assert.That(Of(Healthy(Window(8, 2)), Window(0, 2), [again, Asked(4, "us", true)]).Level, Is.EqualTo(Level.Down), "though it is well elsewhere");
        Assert.That((ConfirmedJudgment.Votes([again], "eu"), ConfirmedJudgment.Leans([again with { Passed = true }], "eu")), Is.EqualTo((1, false)), "that it passes again speaks for no other agent");
        Assert.That(Of(Healthy(Window(8, 2)), Window(0, 2), [again with { Passed = true }]).Level, Is.EqualTo(Level.Healthy));
    }

    [Test]
    public void What_is_remembered_from_before_the_baseline_makes_it_certain()
    {
        var (few, strict) = (Window(0, 2), new DetectorOptions { Significance = 1e-5 });
        Judgment Judge(RunCounts older) => ConfirmedJudgment.Of(Healthy(Window(8, 2)), "eu", few, few, Baseline, older, 1, [Asked(2, "eu", false)], strict);
        Assert.That((Judge(default).Certain, Judge(new RunCounts(1000, 0, 0, 0, 0, 0)).Certain, Judge(new RunCounts(950, 0, 0, 50, 0, 0)).Certain), Is.EqualTo((false, true, false)));
    }

    [Test]
    public void Failures_in_a_minute_that_began_well_are_flagged_when_confirmed()
    {
        var few = Window(3, 2);
        var confirmed = ConfirmedJudgment.Of(Healthy(Window(9, 2)), "eu", few, few, Window(360, 0), default, 1, [Asked(2, "eu", false)], new DetectorOptions());
        Assert.That((confirmed.Level, confirmed.Certain), Is.EqualTo((Level.Degraded, true)));
    }

    [Test]
    public void A_region_in_which_others_pass_is_not_down()
    {
        var confirmed = Of(Down(Window(0, 3)), Window(0, 3), [Asked(2, "eu", true), Asked(4, "us", true)]);
        Assert.That((confirmed.Level, confirmed.Certain), Is.EqualTo((Level.Degraded, false)));
    }

    [Test]
    public void When_two_agents_of_the_region_fail_one_that_passes_does_not_outweigh_them()
    {
        var confirmed = ConfirmedJudgment.Of(Down(Window(0, 4)), "eu", Window(0, 4), Window(0, 4), Baseline, default, 2, [Asked(3, "eu", true)], new DetectorOptions());
        Assert.That((confirmed.Level, confirmed.Certain), Is.EqualTo((Level.Down, true)));
    }

    [Test]
    public void The_latest_word_of_an_agent_counts_and_it_has_one_voice()
    {
        Assert.That(ConfirmedJudgment.Votes([Asked(2, "eu", false, minutes: -3), Asked(2, "eu", false, minutes: -2), Asked(2, "eu", true)], "eu"), Is.Zero);
        Assert.That(ConfirmedJudgment.Leans([Asked(2, "eu", false, minutes: -3), Asked(2, "eu", true)], "eu"), Is.True);
    }

    [Test]
    public void Who_has_no_result_or_is_at_fault_itself_has_no_voice()
    {
        ConfirmingRun[] mute = [Asked(2, "eu", null), Asked(4, "us", null)];
        Assert.That((ConfirmedJudgment.Votes(mute, "eu"), ConfirmedJudgment.Leans(mute, "eu")), Is.EqualTo((0, false)));
        Assert.That(Of(Down(Window(0, 3)), Window(0, 3), mute).Level, Is.EqualTo(Level.Down));
    }

    [Test]
    public void Of_latency_one_run_says_nothing()
    {
        var slow = new Judgment(Level.Degraded, new Evidence { Superiority = 0.9 }, true);
        Assert.That(Of(slow, Window(10, 0), [Asked(2, "eu", true)]), Is.EqualTo(slow));
    }

    [Test]
    public void What_is_silent_stays_silent()
    {
        var silent = RegionDetector.Silent(Window(0, 2), Baseline, "nobody is there");
        Assert.That(Of(silent, Window(0, 2), [Asked(2, "eu", false)]).Level, Is.EqualTo(Level.Unknown));
    }

    internal static ConfirmingRun Asked(int agent, string region, bool? passed, double minutes = 0) => new()
    {
        AgentId = agent,
        Agent = $"a{agent}",
        Location = region,
        Region = region,
        State = passed is null ? "noAnswer" : "done",
        Passed = passed,
        Reason = passed == false ? "timeout" : "",
        At = Noon.AddMinutes(minutes),
    };

    private static Judgment Of(Judgment judgment, RegionWindow two, ConfirmingRun[] asked) => Of(judgment, two, asked, Baseline);

    private static Judgment Of(Judgment judgment, RegionWindow two, ConfirmingRun[] asked, RegionWindow? baseline) =>
        ConfirmedJudgment.Of(judgment, "eu", two, two, baseline, default, 1, asked, new DetectorOptions());

    private static Judgment Healthy(RegionWindow window) => new(Level.Healthy, RegionDetector.Evidence(window, Baseline), false);

    private static Judgment Down(RegionWindow window) => new(Level.Down, RegionDetector.Evidence(window, Baseline), true);

    private static RegionWindow Window(int passed, int failed)
    {
        var good = new StoredRun(RunStatus.Passed, FailureSource.None, 40_000, -1, -1, -1, -1, -1, -1);
        var bad = good with { Status = RunStatus.Failed, Source = FailureSource.Network };
        return new RegionWindow(Noon.AddMinutes(-5), Noon, RollupBuilder.Build(Enumerable.Repeat(good, passed).Concat(Enumerable.Repeat(bad, failed))), 1);
    }
}
