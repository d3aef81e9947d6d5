using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Sessions;

namespace Probes.Tests.Orchestrator.Detection.Confirmation;

public sealed class ConfirmationPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Cooling = TimeSpan.FromSeconds(60);

    [Test]
    public void The_same_region_comes_first_and_then_one_agent_of_each_other() =>
        Assert.That(Choose([1], [Agent(1, "eu"), Agent(2, "eu"), Agent(3, "us"), Agent(4, "us"), Agent(5, "asia")]), Is.EqualTo(new[] { 2, 5, 3 }));

    [Test]
    public void Half_of_the_places_are_kept_for_other_regions_while_these_can_fill_them()
    {
        AgentStatus[] many = [.. Enumerable.Range(1, 8).Select(i => Agent(i, "eu"))];
        Assert.That(Choose([1], [.. many, Agent(11, "us"), Agent(12, "asia"), Agent(13, "africa")]), Is.EqualTo(new[] { 2, 3, 13, 12 }));
        Assert.That(Choose([1], many), Is.EqualTo(new[] { 2, 3, 4, 5 }));
    }

    [Test]
    public void Where_there_is_no_other_agent_the_one_that_saw_it_runs_it_again()
    {
        Assert.That(Choose([1], [Agent(1, "eu"), Agent(3, "us")]), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(Choose([1, 2], [Agent(1, "eu"), Agent(2, "eu")]), Is.EqualTo(new[] { 1 }), "one of them");
        Assert.That(Choose([1], [Agent(1, "eu") with { Unfit = [new AgentUnfit("link", "", Noon)] }, Agent(3, "us")]), Is.EqualTo(new[] { 3 }));
    }

    [Test]
    public void Who_is_away_unfit_drained_disabled_or_in_doubt_itself_is_not_asked()
    {
        var unfit = Agent(4, "us") with { Unfit = [new AgentUnfit("link", "", Noon)] };
        Assert.That(Choose([1], [Agent(1, "eu") with { Online = false }, Agent(2, "eu") with { Online = false }, Agent(3, "eu") with { Drained = true }, unfit, Agent(5, "asia") with { Disabled = true }]), Is.Empty);
    }

    [TestCase("Failed", 5, 59, ExpectedResult = false)]
    [TestCase("Failed", 5, 599, ExpectedResult = false, Description = "one that flakes all the time does not ask all the time")]
    [TestCase("Failed", 5, 600, ExpectedResult = true)]
    [TestCase("Failed", 300, 60, ExpectedResult = true)]
    [TestCase("Suspected", 5, 59, ExpectedResult = false)]
    [TestCase("Suspected", 5, 60, ExpectedResult = true)]
    [TestCase("Flagged", 5, 299, ExpectedResult = false)]
    [TestCase("Flagged", 5, 300, ExpectedResult = true)]
    [TestCase("None", 5, 100_000, ExpectedResult = false)]
    public bool Nothing_is_asked_twice_before_its_time(string doubt, int interval, int secondsAgo) =>
        ConfirmationPlan.IsDue(Suspect(doubt, interval, Noon.AddDays(-1)), Noon.AddSeconds(-secondsAgo), false, Noon, Cooling);

    [Test]
    public void What_was_never_asked_or_not_since_it_is_flagged_is_asked_at_once()
    {
        Assert.That(ConfirmationPlan.IsDue(Suspect("Failed", 5, Noon), null, false, Noon, Cooling), Is.True);
        Assert.That(ConfirmationPlan.IsDue(Suspect("Flagged", 5, Noon), Noon.AddSeconds(-1), false, Noon, Cooling), Is.True);
    }

    [Test]
    public void Where_it_was_confirmed_within_ten_times_the_usual_time_it_is_asked_again_after_that_time()
    {
        ConfirmingRun[] said = [ConfirmedJudgmentTests.Asked(1, "eu", false, minutes: -5), ConfirmedJudgmentTests.Asked(1, "eu", true, minutes: -1), ConfirmedJudgmentTests.Asked(4, "us", false, minutes: -1)];
        Assert.That((Failed(said, "eu", 0), Failed(said, "eu", 4), Failed(said, "eu", 5), Failed(said[1..], "eu", 0), Failed([], "eu", 0)), Is.EqualTo((true, true, false, false, false)));
        var seldom = Suspect("Failed", 5, Noon.AddDays(-1));
        Assert.That(new[] { 59, 60 }.Select(s => ConfirmationPlan.IsDue(seldom, Noon.AddSeconds(-s), true, Noon, Cooling)), Is.EqualTo(new[] { false, true }));
    }

    private static bool Failed(IReadOnlyList<ConfirmingRun> said, string region, int minutes) => ConfirmationPlan.Failed(said, region, Noon.AddMinutes(minutes), Cooling);

    [Test]
    public void So_many_a_minute_and_repetitions_leave_half_to_others()
    {
        var allowance = new Allowance(10);
        Assert.That(Enumerable.Range(0, 10).Count(_ => allowance.Take(Noon, repeated: true)), Is.EqualTo(6), "down to half");
        Assert.That(Enumerable.Range(0, 10).Count(_ => allowance.Take(Noon, repeated: false)), Is.EqualTo(4));
        Assert.That(allowance.Take(Noon.AddSeconds(7), repeated: false), Is.True, "one more every six seconds");
        Assert.That(allowance.Take(Noon.AddSeconds(7), repeated: false), Is.False);
    }

    [Test]
    public void The_words_say_who_sees_it_and_from_where_it_is_well()
    {
        ConfirmingRun[] runs =
        [
            ConfirmedJudgmentTests.Asked(2, "eu-west", false), ConfirmedJudgmentTests.Asked(3, "eu-west", true), ConfirmedJudgmentTests.Asked(4, "us-east", true),
            ConfirmedJudgmentTests.Asked(5, "asia", false), ConfirmedJudgmentTests.Asked(6, "africa", null),
        ];
        Assert.That(ConfirmationWords.Of("eu-west", runs),
            Is.EqualTo("confirmed by agent a2 in eu-west: timeout; not seen there by agent a3; fails likewise from asia: timeout; well from us-east"));
        Assert.That(ConfirmationWords.Of("eu-west", [runs[0], runs[2]]), Is.EqualTo("confirmed by agent a2 in eu-west: timeout; well from us-east"));
        Assert.That(ConfirmationWords.Of("eu-west", [runs[4]]), Is.Empty);
        Assert.That(ConfirmationWords.Of("eu-west", [runs[0] with { Again = true }, runs[2]]), Is.EqualTo("failed when it was run again at once: timeout; well from us-east"));
        Assert.That(ConfirmationWords.Of("eu-west", [runs[1] with { Again = true }]), Is.EqualTo("passed when run again at once by agent a3"));
    }

    private static int[] Choose(int[] seenBy, AgentStatus[] agents) => [.. ConfirmationPlan.Choose("eu", seenBy, agents, 4).Select(a => a.Id)];

    private static Suspicion Suspect(string doubt, int interval, DateTimeOffset since) => new(
        new CatalogCheck(1, new Check { Name = "shop", Interval = TimeSpan.FromSeconds(interval), Probe = new TcpSpec { Host = "shop.test", Port = 443 } }, default, false),
        "eu", Enum.Parse<Doubt>(doubt), since, [1]);

    private static AgentStatus Agent(int id, string region) => new() { Id = id, PublicId = $"agent-{id}", Name = $"a{id:00}", Location = region, Region = region, Online = true };
}
