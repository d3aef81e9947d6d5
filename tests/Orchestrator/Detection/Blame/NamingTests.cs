using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Tests.Orchestrator.Detection.Blame;

public sealed class NamingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void An_address_that_answered_all_that_fail_and_none_that_is_well_is_named() =>
        Assert.That(Words(s => s.Verdict.Level == Level.Down ? ["192.0.2.7"] : ["192.0.2.8"], AnswerPart.Address),
            Is.EqualTo("the target; all 3 of them were answered by 192.0.2.7, none of the 2 that are well were"));

    [Test]
    public void So_are_a_point_of_presence_and_a_certificate()
    {
        Assert.That(Words(s => s.Verdict.Level == Level.Down ? ["FRA"] : ["AMS"], AnswerPart.Pop), Does.EndWith("all 3 of them were answered by the point of presence FRA, none of the 2 that are well were"));
        Assert.That(Words(s => s.Verdict.Level == Level.Down ? ["a1/01"] : ["b2/01"], AnswerPart.Certificate), Does.Contain("were shown the certificate a1/01"));
    }

    [Test]
    public void What_those_that_are_well_have_too_is_not_named() => Assert.That(Words(_ => ["192.0.2.7"], AnswerPart.Address), Is.EqualTo("the target"));

    [Test]
    public void What_they_do_not_share_is_not_named() =>
        Assert.That(Words(s => s.Verdict.Level == Level.Down ? [$"192.0.2.{s.Verdict.Region}"] : ["192.0.2.8"], AnswerPart.Address), Is.EqualTo("the target"));

    [Test]
    public void Without_any_that_is_well_nothing_is_known_of_it() => Assert.That(Words(s => s.Verdict.Level == Level.Down ? ["192.0.2.7"] : [], AnswerPart.Address), Is.EqualTo("the target"));

    [Test]
    public void Some_that_were_not_answered_at_all_do_not_speak_against_it() =>
        Assert.That(Words(s => s.Verdict.Region == "1" ? [] : s.Verdict.Level == Level.Down ? ["192.0.2.7"] : ["192.0.2.8"], AnswerPart.Address),
            Is.EqualTo("the target; all 2 that were answered at all were answered by 192.0.2.7, none of the 2 that are well were"));

    private static string Words(Func<Sign, IReadOnlyList<string>> values, AnswerPart known)
    {
        var signs = Enumerable.Range(1, 5).Select(i => new Sign(
            new Verdict
            {
                Check = "shop",
                Region = $"{i}",
                Level = i <= 3 ? Level.Down : Level.Healthy,
                Sentence = "",
                Since = Noon,
                JudgedAt = Noon.AddMinutes(10),
                Shows = i <= 3,
                Evidence = new Evidence { Runs = 10, Availability = i <= 3 ? 0 : 1 },
            }, "shop.test", TimeSpan.FromSeconds(30))).ToList();
        var blamed = new Blamed(new Cause(Culprit.Target, "shop.test", "", "", null, 3, 2, "the target"), [.. signs.Take(3)]);
        return Naming.Name([blamed], signs, (s, part) => part == known ? values(s) : []).Single().Cause.Words;
    }
}
