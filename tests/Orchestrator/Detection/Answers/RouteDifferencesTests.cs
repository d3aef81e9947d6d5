using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Store;
using static Probes.Tests.Orchestrator.Detection.Answers.AnswersWorld;

namespace Probes.Tests.Orchestrator.Detection.Answers;

public sealed class RouteDifferencesTests
{
    [Test]
    public void Old_content_in_one_region_is_told_after_three_intervals_and_flags_after_an_hour()
    {
        var world = new AnswersWorld(Http).Run(30, (_, _) => Body("old"));
        Assert.That(world.Run(2, (r, _) => Body(r == "sa-east" ? "old" : "new")).One(), Is.Null);
        var early = world.Run(8, (r, _) => Body(r == "sa-east" ? "old" : "new")).One()!;
        Assert.That((early.Kind, early.Regions[0], early.Definite, early.Since), Is.EqualTo((DifferenceKind.StaleContent, "sa-east", false, Noon.AddMinutes(30))));
        Assert.That(early.Words, Is.EqualTo("sa-east alone is still served old content of shop.test; 3 other regions moved on to new content, since 12:30 UTC"));
        Assert.That(world.Run(51, (r, _) => Body(r == "sa-east" ? "old" : "new")).One()!.Definite, Is.True);
        Assert.That(world.Run(6, (_, _) => Body("new")).One(), Is.Null, "it came by");
    }

    [Test]
    public void Where_caches_are_known_to_come_by_late_it_takes_twice_as_long()
    {
        var world = new AnswersWorld(Http).Run(10, (_, _) => Body("one")).Run(50, (r, _) => Body(r == "sa-east" ? "one" : "two")).Run(20, (_, _) => Body("two"));
        Assert.That(world.Run(90, (r, _) => Body(r == "sa-east" ? "two" : "three")).One()!.Definite, Is.False);
        Assert.That(world.Run(15, (r, _) => Body(r == "sa-east" ? "two" : "three")).One()!.Definite, Is.True);
    }

    [Test]
    public void Pages_that_differ_on_every_request_or_from_region_to_region_differ_from_nothing()
    {
        Assert.That(new AnswersWorld(Http).Run(200, (r, m) => Body($"{r}{m}")).Compare(), Is.Empty, "dynamic");
        Assert.That(new AnswersWorld(Http).Run(200, (r, m) => Body($"{r}{m / 50}")).Compare(), Is.Empty, "by region");
        Assert.That(new AnswersWorld(Http).Run(200, (_, m) => Body($"{m / 20}")).Compare(), Is.Empty, "new every twenty minutes");
        var random = new Random(5);
        var world = new AnswersWorld(Http);
        for (var i = 0; i < 300; i++)
        {
            Assert.That(world.Run(1, (_, _) => Body(random.Next(2) == 0 ? "a" : "b")).Compare(), Is.Empty, "two in turn");
        }
    }

    [Test]
    public void Content_that_changes_in_one_region_alone_makes_the_others_no_older()
    {
        var found = new AnswersWorld(Http).Run(30, (_, _) => Body("old")).Run(120, (r, _) => Body(r == "sa-east" ? "new" : "old")).Compare();
        Assert.That(found, Is.Empty);
    }

    [TestCase(true, "slower than before")]
    [TestCase(false, "no slower than before")]
    public void A_region_led_to_where_only_others_were_is_told_with_whether_it_is_slower(bool slower, string how)
    {
        RunResult At(string region, string pop) => Passed($"192.0.2.{region.Length}:443", ("cf-ray", $"8f2a-{pop}"));
        var found = new AnswersWorld(Http).Run(90, (r, _) => At(r, r[..3].Trim('-'))).Run(6, (r, _) => At(r, r == "us-east" ? "ap" : r[..3].Trim('-'))).One(r => slower && r == "us-east")!;
        Assert.That((found.Kind, found.Regions[0], found.Definite), Is.EqualTo((DifferenceKind.Misroute, "us-east", false)));
        Assert.That(found.Words, Is.EqualTo($"us-east alone is served from point of presence AP, which only ap-south used before, and {how}, since 13:30 UTC"));
    }

    [Test]
    public void An_address_that_nobody_used_before_is_told_where_no_point_of_presence_is()
    {
        var found = new AnswersWorld(Http).Run(90, (_, _) => Passed()).Run(10, (r, _) => Passed(r == "us-east" ? "198.51.100.7:443" : "192.0.2.1:443")).One()!;
        Assert.That((found.Kind, found.Regions[0], found.Definite), Is.EqualTo((DifferenceKind.Address, "us-east", false)));
    }

    [Test]
    public void A_region_without_fresh_runs_is_compared_with_nobody()
    {
        var world = new AnswersWorld(Http).Run(90, (_, _) => Body("old"));
        foreach (var region in AnswersWorld.Regions.Where(r => r != "sa-east"))
        {
            for (var minute = 90; minute < 200; minute++)
            {
                world.Answers.Take(Body("new") with { Due = Noon.AddMinutes(minute) }, region);
            }
        }

        Assert.That(world.Answers.Compare(Micros.Of(Noon.AddMinutes(200)), new AnswersOptions(), _ => false), Is.Empty);
    }
}
