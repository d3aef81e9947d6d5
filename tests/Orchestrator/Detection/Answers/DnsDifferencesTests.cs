using Probes.Orchestrator.Detection.Answers;
using static Probes.Tests.Orchestrator.Detection.Answers.AnswersWorld;

namespace Probes.Tests.Orchestrator.Detection.Answers;

public sealed class DnsDifferencesTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void NXDOMAIN_in_one_region_alone_is_told_after_three_runs_of_dns_checks_and_others(bool dns)
    {
        var world = new AnswersWorld(dns ? Dns : Http).Run(10, (_, _) => dns ? Answered("192.0.2.1") : Passed());
        Assert.That(world.Run(2, (r, _) => r == "us-east" ? Refused("nxdomain") : dns ? Answered("192.0.2.1") : Passed()).One(), Is.Null, "two may be chance");
        var found = world.Run(1, (r, _) => r == "us-east" ? Refused("nxdomain") : dns ? Answered("192.0.2.1") : Passed()).One();
        Assert.That((found!.Kind, found.Definite, found.Since), Is.EqualTo((DifferenceKind.DnsRefusal, true, Noon.AddMinutes(10))));
        Assert.That(found.Regions, Is.EqualTo(new[] { "us-east" }));
        Assert.That(found.Words, Is.EqualTo("us-east alone is told NXDOMAIN for shop.test (3 runs in a row), 3 other regions get an answer, since 12:10 UTC"));
        Assert.That(found.Values.Select(v => (v.Region, v.Value, v.Differs)), Does.Contain(("us-east", "NXDOMAIN", true)));
    }

    [Test]
    public void NXDOMAIN_everywhere_is_no_matter_of_a_region() =>
        Assert.That(new AnswersWorld(Dns).Run(10, (_, _) => Answered("192.0.2.1")).Run(10, (_, _) => Refused("nxdomain")).Compare(), Is.Empty);

    [Test]
    public void Answers_that_no_region_had_before_flag_once_they_outlast_the_time_to_live_and_ten_minutes()
    {
        var world = new AnswersWorld(Dns).Run(90, (_, _) => Answered("192.0.2.1, 192.0.2.2", ttl: 1200));
        var early = world.Run(12, (r, _) => Answered(r == "eu-west" ? "198.51.100.7" : "192.0.2.1, 192.0.2.2", ttl: 1200)).One()!;
        Assert.That((early.Kind, early.Definite), Is.EqualTo((DifferenceKind.DnsAnswers, false)), "what was cached may not have run out elsewhere");
        var late = world.Run(10, (r, _) => Answered(r == "eu-west" ? "198.51.100.7" : "192.0.2.1, 192.0.2.2", ttl: 1200)).One()!;
        Assert.That((late.Kind, late.Definite, late.Since), Is.EqualTo((DifferenceKind.DnsAnswers, true, Noon.AddMinutes(90))));
        Assert.That(late.Words, Is.EqualTo("eu-west alone is answered 198.51.100.7 for shop.test, which no region was before; 3 other regions have the answers of before, since 13:30 UTC"));
    }

    [Test]
    public void Records_that_are_added_are_told_and_flag_nothing()
    {
        var found = new AnswersWorld(Dns).Run(90, (_, _) => Answered("192.0.2.1")).Run(60, (r, _) => Answered(r == "eu-west" ? "192.0.2.1, 192.0.2.9" : "192.0.2.1")).One()!;
        Assert.That((found.Kind, found.Definite), Is.EqualTo((DifferenceKind.DnsAnswers, false)));
    }

    [Test]
    public void A_change_that_reaches_one_region_after_the_other_is_none_of_a_region()
    {
        var world = new AnswersWorld(Dns).Run(90, (_, _) => Answered("192.0.2.1"));
        for (var minute = 0; minute < 60; minute++)
        {
            world.Run(1, (r, m) => Answered(m >= 90 + (2 * Array.IndexOf(AnswersWorld.Regions, r)) ? "198.51.100.7" : "192.0.2.1"));
            Assert.That(world.Compare().Where(d => d.Definite), Is.Empty);
        }

        Assert.That(world.Compare(), Is.Empty);
    }

    [Test]
    public void One_that_does_not_follow_is_told_after_its_time_to_live()
    {
        var found = new AnswersWorld(Dns).Run(30, (_, _) => Answered("192.0.2.1", 300)).Run(15, (r, _) => Answered(r == "sa-east" ? "192.0.2.1" : "198.51.100.7", 300)).Compare();
        Assert.That(found.Select(d => (d.Kind, d.Regions[0], d.Definite)), Is.EqualTo(new[] { (DifferenceKind.DnsStale, "sa-east", false) }));
    }

    [Test]
    public void Each_region_its_own_answers_or_answers_in_turn_differ_from_nothing()
    {
        Assert.That(new AnswersWorld(Dns).Run(300, (r, _) => Answered($"192.0.2.{Array.IndexOf(AnswersWorld.Regions, r)}")).Compare(), Is.Empty, "GeoDNS");
        Assert.That(new AnswersWorld(Dns).Run(300, (r, m) => Answered($"192.0.2.{(m + r.Length) % 6}")).Compare(), Is.Empty, "round robin");
        var random = new Random(7);
        var world = new AnswersWorld(Dns);
        for (var i = 0; i < 300; i++)
        {
            Assert.That(world.Run(1, (_, _) => Answered($"192.0.2.{random.Next(250)}")).Compare().Where(d => d.Definite), Is.Empty, "a large pool");
        }
    }

    [Test]
    public void Nothing_is_held_against_what_was_not_learnt_yet() =>
        Assert.That(new AnswersWorld(Dns).Run(40, (_, _) => Answered("192.0.2.1")).Run(15, (r, _) => Answered(r == "eu-west" ? "198.51.100.7" : "192.0.2.1")).Compare(), Is.Empty);

    [Test]
    public void A_time_to_live_that_rises_is_told_however_caches_count_it_down()
    {
        var random = new Random(3);
        var world = new AnswersWorld(Dns).Run(180, (_, _) => Answered("192.0.2.1", random.Next(30, 301)));
        Assert.That(world.Compare().Select(d => d.Kind), Has.None.EqualTo(DifferenceKind.DnsRefusal));
        var found = world.Run(120, (_, _) => Answered("192.0.2.1", 3600)).One()!;
        Assert.That((found.Kind, found.Regions.Count, found.Definite), Is.EqualTo((DifferenceKind.DnsTtl, 4, false)));
        Assert.That(found.Words, Does.Match("the time to live of shop.test went from (29|30)\\d s to 3600 s, as seen from ap-south, eu-west, sa-east, us-east, since 15:00 UTC"));
    }
}
