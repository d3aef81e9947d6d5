using Probes.Orchestrator.Detection.Answers;
using static Probes.Tests.Orchestrator.Detection.Answers.AnswersWorld;

namespace Probes.Tests.Orchestrator.Detection.Answers;

public sealed class CertificateDifferencesTests
{
    [Test]
    public void Another_issuer_in_one_region_alone_flags_after_ten_minutes_and_is_named()
    {
        var world = new AnswersWorld(Http).Run(90, (_, _) => Certificate("a1", "root"));
        var early = world.Run(6, (r, _) => r == "us-east" ? Certificate("b2", "other") : Certificate("a1", "root")).One()!;
        Assert.That((early.Kind, early.Definite), Is.EqualTo((DifferenceKind.Issuer, false)));
        var late = world.Run(5, (r, _) => r == "us-east" ? Certificate("b2", "other") : Certificate("a1", "root")).One()!;
        Assert.That((late.Kind, late.Definite, late.Since), Is.EqualTo((DifferenceKind.Issuer, true, Noon.AddMinutes(90))));
        Assert.That(late.Words, Is.EqualTo(
            "us-east alone is shown a certificate of another issuer for shop.test (issued by CN=other, valid until 2026-12-31T00:00:00Z); 3 other regions are shown the one of before, since 13:30 UTC"));
    }

    [Test]
    public void A_renewal_that_reaches_all_is_no_difference()
    {
        var world = new AnswersWorld(Http).Run(90, (_, _) => Certificate("a1", "root"));
        for (var i = 0; i < 60; i++)
        {
            world.Run(1, (r, m) => m >= 90 + (2 * Array.IndexOf(AnswersWorld.Regions, r)) ? Certificate("b2", "other") : Certificate("a1", "root"));
            Assert.That(world.Compare().Where(d => d.Definite), Is.Empty);
        }

        Assert.That(world.Compare(), Is.Empty);
    }

    [Test]
    public void One_place_that_keeps_the_old_certificate_is_told()
    {
        var found = new AnswersWorld(Http).Run(90, (_, _) => Certificate("a1", "root")).Run(10, (r, _) => Certificate(r == "eu-west" ? "a1" : "a2", "root")).Compare();
        Assert.That(found.Select(d => (d.Kind, d.Regions[0], d.Definite)), Is.EqualTo(new[] { (DifferenceKind.Certificate, "eu-west", false) }));
        Assert.That(found[0].Words, Does.StartWith("eu-west alone is still shown the old certificate of shop.test (issued by CN=root, valid until 2026-12-31T00:00:00Z); 3 other regions moved on to a new one"));
    }

    [Test]
    public void Another_of_the_same_issuer_in_one_region_is_told_and_flags_nothing()
    {
        var found = new AnswersWorld(Http).Run(90, (_, _) => Certificate("a1", "root")).Run(60, (r, _) => Certificate(r == "eu-west" ? "c3" : "a1", "root")).One()!;
        Assert.That((found.Kind, found.Regions[0], found.Definite), Is.EqualTo((DifferenceKind.Certificate, "eu-west", false)));
    }

    [Test]
    public void Each_region_its_own_certificate_or_two_in_turn_differ_from_nothing()
    {
        Assert.That(new AnswersWorld(Http).Run(200, (r, _) => Certificate(r, r)).Compare(), Is.Empty);
        Assert.That(new AnswersWorld(Http).Run(200, (_, m) => m % 2 == 0 ? Certificate("rsa", "root") : Certificate("ecdsa", "other")).Compare(), Is.Empty);
    }
}
