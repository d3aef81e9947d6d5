using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Quorum;

namespace Probes.Tests.Orchestrator.Detection.Quorum;

public sealed class RegionStatesTests
{
    [Test]
    public void A_region_is_worse_only_by_what_is_blamed_on_it()
    {
        var target = RegionStates.Of([Of("shop", Level.Down, Culprit.Target), Of("search", Level.Healthy)]).Single();
        Assert.That((target.Level, target.Words), Is.EqualTo((Level.Healthy, "1 of 2 checks are not well from us, by no fault of the region")));
        var own = RegionStates.Of([Of("shop", Level.Degraded, Culprit.Region), Of("search", Level.Down, Culprit.Region)]).Single();
        Assert.That((own.Level, own.Words), Is.EqualTo((Level.Down, "because")));
        Assert.That(own.Checks, Is.EquivalentTo(new Dictionary<Level, int> { [Level.Degraded] = 1, [Level.Down] = 1 }));
    }

    [Test]
    public void An_agent_that_alone_sees_it_is_named_and_its_region_is_well()
    {
        var state = RegionStates.Of([Of("shop", Level.Degraded, Culprit.Agent, "use1"), Of("search", Level.Healthy)]).Single();
        Assert.That(state.Level, Is.EqualTo(Level.Healthy));
        Assert.That(state.Agents, Is.EqualTo(new[] { new AgentTrouble("use1", Level.Degraded, "because") }));
    }

    [Test]
    public void What_is_not_known_is_not_healthy_and_maintenance_does_not_count()
    {
        Assert.That(RegionStates.Of([Of("shop", Level.Unknown)]).Single().Level, Is.EqualTo(Level.Unknown));
        Assert.That(RegionStates.Of([Of("shop", Level.Down, Culprit.Region) with { Maintenance = "deploy" }]), Is.Empty);
    }

    private static Verdict Of(string check, Level level, Culprit? culprit = null, string agent = "") => new()
    {
        Check = check,
        Region = "us",
        Level = level,
        Sentence = "",
        Evidence = new Evidence(),
        Cause = culprit is { } c ? new Cause(c, "", "us", agent, null, 1, 0, "because") : null,
    };
}
