using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;

namespace Probes.Tests.Orchestrator.Detection.Answers;

public sealed class AnswerFlagsTests
{
    private static readonly DateTimeOffset Noon = AnswersWorld.Noon;

    [Test]
    public void A_definite_difference_flags_a_healthy_region_until_it_ends()
    {
        var flags = new AnswerFlags();
        var flagged = flags.Apply(Verdict(Level.Healthy, 60), [Difference(definite: true)]);
        Assert.That((flagged.Level, flagged.Since, flagged.Shows, flagged.Evidence.AnswerKind), Is.EqualTo((Level.Degraded, Noon.AddMinutes(30), true, (DifferenceKind?)DifferenceKind.Issuer)));
        Assert.That(flagged.Sentence, Is.EqualTo("us-east is degraded: words. Its runs pass, and are as fast as before."));
        var after = flags.Apply(Verdict(Level.Healthy, 90), []);
        Assert.That((after.Level, after.Since), Is.EqualTo((Level.Healthy, Noon.AddMinutes(90))), "it is well since then, not since before it began");
        Assert.That(flags.Apply(Verdict(Level.Healthy, 91), []).Since, Is.EqualTo(Noon.AddMinutes(90)));
    }

    [Test]
    public void What_is_not_definite_is_evidence_and_no_more()
    {
        var verdict = new AnswerFlags().Apply(Verdict(Level.Healthy, 60), [Difference(definite: false)]);
        Assert.That((verdict.Level, verdict.Evidence.AnswerKind), Is.EqualTo((Level.Healthy, (DifferenceKind?)null)));
        Assert.That(verdict.Evidence.Answers, Is.EqualTo(new[] { "words" }));
    }

    [TestCase(Level.Unknown)]
    [TestCase(Level.Down)]
    public void A_region_that_is_not_healthy_stays_what_it_is(Level level) =>
        Assert.That(new AnswerFlags().Apply(Verdict(level, 60), [Difference(definite: true)]).Level, Is.EqualTo(level));

    [Test]
    public void An_incident_of_its_answers_that_was_taken_up_after_a_restart_goes_on()
    {
        var resumed = new AnswerFlags().Apply(Verdict(Level.Degraded, 60), [Difference(definite: true)]);
        Assert.That((resumed.Level, resumed.Since, resumed.Shows, resumed.Evidence.AnswerKind), Is.EqualTo((Level.Degraded, Noon, true, (DifferenceKind?)DifferenceKind.Issuer)));
    }

    [Test]
    public void Failures_by_fault_of_DNS_are_explained_by_a_refusal()
    {
        var verdict = Verdict(Level.Down, 60) with { Evidence = new Evidence { FailureSource = "dns" } };
        var flags = new AnswerFlags();
        Assert.That(flags.Apply(verdict, [Difference(definite: true) with { Kind = DifferenceKind.DnsRefusal }]).Evidence.AnswerKind, Is.EqualTo(DifferenceKind.DnsRefusal));
        Assert.That(flags.Apply(verdict, []).Evidence.AnswerKind, Is.EqualTo(DifferenceKind.DnsRefusal), "it is flagged a while longer than it lasts");
        flags.Apply(Verdict(Level.Healthy, 61), []);
        Assert.That(flags.Apply(verdict, []).Evidence.AnswerKind, Is.Null, "another time is another matter");
    }

    [Test]
    public void Other_regions_are_not_concerned() =>
        Assert.That(new AnswerFlags().Apply(Verdict(Level.Healthy, 60), [Difference(definite: true) with { Regions = ["eu-west"] }]), Is.EqualTo(Verdict(Level.Healthy, 60)));

    private static readonly Evidence Nothing = new();

    private static Verdict Verdict(Level level, int minute) => new()
    {
        Check = "shop",
        Region = "us-east",
        Level = level,
        Shows = level == Level.Down,
        Sentence = "",
        Since = Noon,
        JudgedAt = Noon.AddMinutes(minute),
        Evidence = Nothing,
    };

    private static AnswerDifference Difference(bool definite) =>
        new() { Kind = DifferenceKind.Issuer, Regions = ["us-east"], Values = [], Since = Noon.AddMinutes(30), Definite = definite, Words = "words" };
}
