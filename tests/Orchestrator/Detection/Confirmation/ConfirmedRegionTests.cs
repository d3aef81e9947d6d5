using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;

namespace Probes.Tests.Orchestrator.Detection.Confirmation;

/// <summary>A region under watch whose first failure others are asked about.</summary>
public sealed class ConfirmedRegionTests
{
    private static readonly Weather Well = new();
    private static readonly Weather Dead = new() { Failing = 1 };

    [TestCase(60)]
    [TestCase(300)]
    public void A_confirmed_outage_is_flagged_within_two_intervals_and_five_seconds(int interval)
    {
        var region = Ready(interval);
        var (from, limit) = (region.Now, TimeSpan.FromSeconds((2 * interval) + 5));
        var flagged = Suffer(region, limit, (at, last) => last is null ? Asked(2, "us-east", false, at) : null);
        Assert.That(flagged, Is.Not.Null);
        Assert.That(flagged!.JudgedAt - from, Is.LessThanOrEqualTo(limit));
        Assert.That((flagged.Level, flagged.Evidence.Confirmations!.Count), Is.EqualTo((Level.Down, 1)));
        Assert.That(flagged.Sentence, Does.EndWith("; confirmed by agent a2 in us-east: timeout."));
    }

    [Test]
    public void Without_a_confirmation_it_takes_a_third_failure() =>
        Assert.That(Suffer(Ready(300), TimeSpan.FromSeconds(605), (_, _) => null), Is.Null);

    [Test]
    public void One_failed_run_that_others_see_too_is_suspected_of_nothing_once_the_next_passes()
    {
        var region = Ready(300);
        var verdicts = region.Pass(TimeSpan.FromSeconds(300), Dead);
        region.Watch.Confirmations = [Asked(2, "us-east", false, region.Now), Asked(3, "eu-west", false, region.Now)];
        verdicts.AddRange(region.Pass(TimeSpan.FromSeconds(1200), Well));
        Assert.That(verdicts.Where(v => v.Level is Level.Degraded or Level.Down), Is.Empty);
    }

    [Test]
    public void What_only_one_agent_of_the_region_sees_is_that_agents_and_not_an_outage_of_the_region()
    {
        var region = Ready(60);
        var flagged = Suffer(region, TimeSpan.FromMinutes(10), (at, last) => last is null || at - last > TimeSpan.FromMinutes(1) ? Asked(2, "us-east", true, at) : null)!;
        Assert.That(flagged.Level, Is.EqualTo(Level.Degraded));
        Assert.That(flagged.Evidence.ByAgent!.Select(a => (a.AgentId, a.Worse, a.OnDemand)), Is.EqualTo(new[] { (1, true, false), (2, false, true) }));
        var blamed = new Blamer().Find([new Sign(flagged, "shop.test", TimeSpan.FromSeconds(60))], _ => null).Single();
        Assert.That((blamed.Cause.Culprit, blamed.Cause.Region), Is.EqualTo((Culprit.Agent, "us-east")));
        Assert.That(flagged.Sentence, Does.Contain("not seen there by agent a2"));
    }

    [TestCase(true, "Route", "the way from us-east to shop.test, or the point of presence that serves it: it is well from 1 other region; no other target is checked from us-east")]
    [TestCase(false, "Target", "the target shop.test, by what its runs say; nothing else can be held against it")]
    public void Who_passes_elsewhere_when_asked_clears_the_target(bool passes, string culprit, string words)
    {
        var verdict = new Verdict
        {
            Check = "shop",
            Region = "us-east",
            Level = Level.Down,
            Sentence = "",
            JudgedAt = SimulatedRegion.Start,
            Since = SimulatedRegion.Start,
            Shows = true,
            Evidence = new Evidence { Runs = 3, FailureSource = "target", Confirmations = [Asked(2, "eu-west", !passes, SimulatedRegion.Start), Asked(2, "eu-west", passes, SimulatedRegion.Start.AddSeconds(1))] },
        };
        var cause = new Blamer().Find([new Sign(verdict, "shop.test", TimeSpan.FromSeconds(60))], _ => null).Single().Cause;
        Assert.That((cause.Culprit.ToString(), cause.Words), Is.EqualTo((culprit, words)));
    }

    // Each failure that is seen asks, as the product does; the answer is there with the next round.
    private static Verdict? Suffer(SimulatedRegion region, TimeSpan most, Func<DateTimeOffset, DateTimeOffset?, ConfirmingRun?> ask)
    {
        DateTimeOffset? last = null;
        for (var end = region.Now + most; region.Now < end;)
        {
            var verdict = region.Pass(TimeSpan.FromSeconds(5), Dead)[^1];
            if (verdict.Level is Level.Degraded or Level.Down)
            {
                return verdict;
            }

            if (region.Watch.History.LatestFailed >= MinuteHistory.MinuteOf(region.Now) - 1 && ask(region.Now, last) is { } answer)
            {
                (last, region.Watch.Confirmations) = (region.Now, [.. region.Watch.Confirmations, answer]);
            }
        }

        return null;
    }

    private static SimulatedRegion Ready(int interval)
    {
        // The outage begins right after a run: the worst that may be.
        var region = new SimulatedRegion(7, interval, phase: interval - 10);
        region.Pass(TimeSpan.FromSeconds(70 * interval), Well);
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy));
        return region;
    }

    private static ConfirmingRun Asked(int agent, string region, bool passed, DateTimeOffset at) => ConfirmedJudgmentTests.Asked(agent, region, passed) with { At = at };
}
