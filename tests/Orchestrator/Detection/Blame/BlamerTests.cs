using CsCheck;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;

namespace Probes.Tests.Orchestrator.Detection.Blame;

public sealed class BlamerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Checks = ["shop", "login", "search"];
    private static readonly string[] Regions = ["eu", "us", "asia", "africa"];

    [Test]
    public void One_check_that_is_worse_everywhere_is_its_target() =>
        Assert.That(Find((c, _) => c == "shop"), Is.EqualTo(new[] { (Culprit.Target, "shop.test", "", 4) }));

    [Test]
    public void All_checks_of_one_region_are_its_network() =>
        Assert.That(Find((_, r) => r == "us"), Is.EqualTo(new[] { (Culprit.Region, "", "us", 3) }));

    [Test]
    public void One_check_in_one_region_is_the_way_there() =>
        Assert.That(Find((c, r) => c == "shop" && r == "us"), Is.EqualTo(new[] { (Culprit.Route, "shop.test", "us", 1) }));

    [Test]
    public void Two_causes_at_once_are_told_apart() =>
        Assert.That(Find((c, r) => c == "shop" || r == "us"), Is.EquivalentTo(new[] { (Culprit.Target, "shop.test", "", 4), (Culprit.Region, "", "us", 2) }));

    [Test]
    public void Nearly_everything_is_something_shared_and_not_one_incident_for_each() =>
        Assert.That(Find((c, r) => c != "search" || r != "africa"), Is.EqualTo(new[] { (Culprit.Everything, "", "", 11) }));

    [Test]
    public void A_region_of_which_only_a_few_checks_are_worse_is_not_to_blame() =>
        Assert.That(Find((c, r) => r == "us" && c != "search" && c != "login" || c == "login" && r == "eu").Select(f => f.Culprit), Is.All.EqualTo(Culprit.Route));

    [Test]
    public void What_is_silent_speaks_neither_for_nor_against()
    {
        // In half of the regions nothing is known: two of two is the target.
        var found = new Blamer().Find([.. Pairs((c, r) => r is "asia" or "africa" ? Level.Unknown : c == "shop" ? Level.Down : Level.Healthy)], _ => null);
        Assert.That(found.Select(f => (f.Cause.Culprit, f.Cause.Worse, f.Cause.Well)), Is.EqualTo(new[] { (Culprit.Target, 2, 0) }));
    }

    [Test]
    public void What_has_not_run_since_does_not_clear_anything()
    {
        // Flagged ten seconds ago: the checks that run every minute have said nothing since.
        var found = new Blamer().Find([.. Pairs((c, r) => c == "shop" && r is "eu" or "us" ? Level.Down : Level.Healthy, began: Noon.AddSeconds(-10))], _ => null);
        Assert.That(found.Select(f => f.Cause.Culprit), Has.All.Not.EqualTo(Culprit.Route));
    }

    [Test]
    public void An_agent_is_to_blame_when_all_it_runs_is_worse_and_what_others_run_there_is_well()
    {
        string? AgentOf(Sign s) => s.Verdict.Check == "search" ? "a2" : "a1";
        var found = new Blamer().Find([.. Pairs((c, r) => r == "us" && c != "search" ? Level.Degraded : Level.Healthy)], AgentOf);
        Assert.That(found.Select(f => (f.Cause.Culprit, f.Cause.Agent, f.Cause.Region, f.Signs.Count)), Is.EqualTo(new[] { (Culprit.Agent, "a1", "us", 2) }));
        Assert.That(found[0].Cause.Words, Is.EqualTo("agent a1 in us: 2 checks that it runs are worse, and what others run there is well"));
    }

    [Test]
    public void Without_others_to_compare_it_with_an_agent_is_not_told_from_its_region()
    {
        var found = new Blamer().Find([.. Pairs((_, r) => r == "us" ? Level.Degraded : Level.Healthy)], _ => "a1");
        Assert.That(found.Single().Cause.Culprit, Is.EqualTo(Culprit.Region));
    }

    [Test]
    public void An_agent_that_alone_sees_it_among_those_that_run_the_same_check_is_to_blame()
    {
        AgentEvidence[] agents = [new(1, "a1", 10, 0, 300, true) { Showing = 10 }, new(2, "a2", 10, 0, 40, false), new(3, "a3", 10, 0, 41, false)];
        var found = new Blamer().Find([.. Pairs((c, r) => c == "shop" && r == "us" ? Level.Degraded : Level.Healthy, agents: agents)], _ => null);
        Assert.That(found.Select(f => (f.Cause.Culprit, f.Cause.Agent)), Is.EqualTo(new[] { (Culprit.Agent, "a1") }));
    }

    [Test]
    public void A_few_runs_that_differ_by_chance_are_no_agent_to_blame()
    {
        AgentEvidence[] agents = [new(1, "a1", 3, 0, 300, true) { Showing = 2 }, new(2, "a2", 3, 0, 40, false) { Showing = 1 }];
        Assert.That(AgentSplit.Only(agents), Is.Null);
        agents = [new(1, "a1", 3, 0, 300, true) { Showing = 3 }, new(2, "a2", 12, 0, 40, false)];
        Assert.That(AgentSplit.Only(agents)?.Agent, Is.EqualTo("a1"), "three of three against none of twelve");
    }

    [Test]
    public void Once_an_agent_was_found_alone_a_few_runs_of_others_do_not_clear_it()
    {
        var blamer = new Blamer();
        AgentEvidence[] agents = [new(1, "a1", 10, 0, 300, true) { Showing = 10 }, new(2, "a2", 10, 0, 40, false)];
        blamer.Find([.. Pairs((c, r) => c == "shop" && r == "us" ? Level.Degraded : Level.Healthy, agents: agents)], _ => null);
        agents = [new(1, "a1", 10, 0, 300, true) { Showing = 4 }, new(2, "a2", 10, 0, 40, true) { Showing = 2 }];
        var fading = blamer.Find([.. Pairs((c, r) => c == "shop" && r == "us" ? Level.Degraded : Level.Healthy, agents: agents)], _ => null);
        Assert.That((fading.Single().Cause.Culprit, fading.Single().Cause.Words), Is.EqualTo((Culprit.Agent, "agent a1 in us: it alone saw it at first, and sees it most")));
        agents = [new(1, "a1", 10, 0, 300, true) { Showing = 5 }, new(2, "a2", 10, 0, 300, true) { Showing = 10 }];
        var others = blamer.Find([.. Pairs((c, r) => c == "shop" && r == "us" ? Level.Degraded : Level.Healthy, agents: agents)], _ => null);
        Assert.That(others.Single().Cause.Culprit, Is.EqualTo(Culprit.Route), "another sees it more");
    }

    [Test]
    public void An_agent_that_was_the_first_to_see_an_outage_is_not_to_blame_for_it_when_all_of_its_region_do()
    {
        var blamer = new Blamer();
        Blamed Of(params AgentEvidence[] agents) => blamer.Find([.. Pairs((c, r) => c == "shop" && r == "us" ? Level.Down : Level.Healthy, agents: agents)], _ => null).Single();
        Assert.That(Of(new(1, "a1", 6, 6, null, true) { Showing = 6 }, new(2, "a2", 6, 0, 40, false)).Cause.Culprit, Is.EqualTo(Culprit.Agent));
        Assert.That(Of(new(1, "a1", 30, 30, null, true) { Showing = 30 }, new(2, "a2", 30, 25, 40, true) { Showing = 25 }).Cause.Culprit, Is.EqualTo(Culprit.Route));
    }

    [Test]
    public void Another_project_is_told_of_an_agent_by_its_locations_name_alone()
    {
        AgentEvidence[] Of(string name) => [new(1, name, 10, 0, 300, true) { Showing = 10 }, new(2, "other", 10, 0, 40, false)];
        var signs = Pairs((c, r) => c != "search" && r == "us" ? Level.Degraded : Level.Healthy).ToList();
        signs = [.. signs.Select(s => !s.Flagged ? s : s with { Verdict = s.Verdict with { Evidence = s.Verdict.Evidence with { ByAgent = Of(s.Verdict.Check == "shop" ? "use1-secret" : "us-east") } } })];
        var found = new Blamer().Find(signs, _ => null);
        Assert.That(found.Select(f => (f.Signs.Single().Verdict.Check, f.Cause.Agent)), Is.EquivalentTo(new[] { ("shop", "use1-secret"), ("login", "us-east") }));
    }

    [Test]
    public void A_lone_region_is_blamed_by_what_its_runs_say()
    {
        Culprit Of(string? source, Phase? phase) => new Blamer().Find(
            [new Sign(Verdict("shop", "eu", Level.Down, Noon.AddMinutes(-5), null) with { Evidence = new Evidence { Runs = 9, FailureSource = source, Phase = phase, Superiority = phase is null ? null : 0.9 } }, "shop.test", TimeSpan.FromMinutes(1))],
            _ => null).Single().Cause.Culprit;
        Assert.That((Of("target", null), Of("network", null), Of("dns", null)), Is.EqualTo((Culprit.Target, Culprit.Route, Culprit.Region)));
        Assert.That((Of(null, Phase.Wait), Of(null, Phase.Connect), Of(null, Phase.Dns)), Is.EqualTo((Culprit.Target, Culprit.Route, Culprit.Region)));
    }

    [Test]
    public void The_last_of_several_keeps_their_cause_while_the_others_have_only_just_recovered()
    {
        var blamer = new Blamer();
        blamer.Find([.. Pairs((_, r) => r == "us" ? Level.Degraded : Level.Healthy)], _ => null);
        var left = blamer.Find([.. Pairs((c, r) => r == "us" && c == "shop" ? Level.Degraded : Level.Healthy).Select(s =>
            s.Verdict.Region == "us" ? s with { Verdict = s.Verdict with { FlaggedAt = Noon.AddMinutes(-1) } } : s)], _ => null);
        Assert.That(left.Single().Cause.Culprit, Is.EqualTo(Culprit.Region));
    }

    [Test]
    public void Whatever_is_flagged_has_exactly_one_cause_and_nothing_else_has() =>
        Gen.Bool.Array[Checks.Length * Regions.Length].Sample(flags =>
        {
            var signs = Pairs((c, r) => flags[(Array.IndexOf(Checks, c) * Regions.Length) + Array.IndexOf(Regions, r)] ? Level.Degraded : Level.Healthy).ToList();
            var explained = new Blamer().Find(signs, _ => null).SelectMany(f => f.Signs).ToList();
            return explained.Count == flags.Count(f => f) && explained.Distinct().Count() == explained.Count && explained.TrueForAll(s => s.Flagged);
        });

    [Test]
    public void What_one_region_is_answered_is_a_cause_of_its_own_and_no_sign_of_a_regions_trouble()
    {
        Sign Answered(Sign s) => s with { Verdict = s.Verdict with { Evidence = s.Verdict.Evidence with { AnswerKind = DifferenceKind.StaleContent, Answers = ["us alone is still served old content"] } } };
        var signs = Pairs((c, r) => r == "us" ? Level.Degraded : Level.Healthy).Select(s => s.Flagged ? Answered(s) : s).ToList();
        var found = new Blamer().Find(signs, _ => null);
        Assert.That(found.Select(f => (f.Cause.Culprit, f.Cause.Region)), Is.All.EqualTo((Culprit.Answer, "us")));
        Assert.That(found.Select(f => f.Cause.Target), Is.EquivalentTo(signs.Where(s => s.Flagged).Select(s => s.Target)));
        Assert.That(found[0].Cause.Words, Does.StartWith($"what us is answered for {found[0].Cause.Target}: us alone is still served old content; it is well from 3 other regions"));
    }

    [Test]
    public void A_name_that_one_region_is_told_not_to_exist_is_what_it_is_answered_and_many_are_its_resolver()
    {
        Sign Refused(Sign s) => s with { Verdict = s.Verdict with { Evidence = s.Verdict.Evidence with { FailureSource = "dns", AnswerKind = DifferenceKind.DnsRefusal, Answers = ["us alone is told NXDOMAIN"] } } };
        (Culprit, string) Of(Func<string, string, bool> worse) => new Blamer().Find([.. Pairs((c, r) => worse(c, r) ? Level.Down : Level.Healthy).Select(s => s.Flagged ? Refused(s) : s)], _ => null)
            .Select(f => (f.Cause.Culprit, f.Cause.Words.Split(':')[0])).Distinct().Single();
        Assert.That(Of((c, r) => c == "shop" && r == "us"), Is.EqualTo((Culprit.Answer, "what us is answered for shop.test")));
        Assert.That(Of((_, r) => r == "us"), Is.EqualTo((Culprit.Region, "the resolver of us")));
    }

    [Test]
    public void A_region_whose_resolver_fails_is_titled_by_it_though_failures_have_no_phase()
    {
        Sign Failing(Sign s) => s with { Verdict = s.Verdict with { Evidence = s.Verdict.Evidence with { FailureSource = "dns", Phase = null } } };
        var cause = new Blamer().Find([.. Pairs((_, r) => r == "us" ? Level.Down : Level.Healthy).Select(s => s.Flagged ? Failing(s) : s)], _ => null).Single().Cause;
        Assert.That((cause.Phase, Titles.Of(cause), cause.Words.Split(':')[0]), Is.EqualTo((Phase.Dns, "Resolver of us", "the resolver of us")));
    }

    private static IEnumerable<(Culprit Culprit, string Target, string Region, int Pairs)> Find(Func<string, string, bool> worse) =>
        new Blamer().Find([.. Pairs((c, r) => worse(c, r) ? Level.Degraded : Level.Healthy)], _ => null).Select(f => (f.Cause.Culprit, f.Cause.Target, f.Cause.Region, f.Signs.Count));

    private static IEnumerable<Sign> Pairs(Func<string, string, Level> level, DateTimeOffset? began = null, IReadOnlyList<AgentEvidence>? agents = null) =>
        from check in Checks
        from region in Regions
        let is_ = level(check, region)
        select new Sign(Verdict(check, region, is_, began ?? Noon.AddMinutes(-10), is_ is Level.Degraded or Level.Down ? agents : null), $"{check}.test", TimeSpan.FromMinutes(1));

    private static Verdict Verdict(string check, string region, Level level, DateTimeOffset began, IReadOnlyList<AgentEvidence>? agents) => new()
    {
        Check = check,
        Region = region,
        Level = level,
        Sentence = "",
        Since = began,
        JudgedAt = Noon,
        Shows = level is Level.Degraded or Level.Down,
        FlaggedAt = level is Level.Degraded or Level.Down ? Noon : null,
        Evidence = new Evidence { Runs = level == Level.Unknown ? 0 : 20, ByAgent = agents },
    };
}
