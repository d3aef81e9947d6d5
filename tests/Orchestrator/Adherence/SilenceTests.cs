using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Sessions;

namespace Probes.Tests.Orchestrator.Adherence;

public sealed class SilenceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void The_first_thing_that_explains_it_is_the_reason()
    {
        Assert.That(Silence.Why([]), Is.EqualTo("no agent is enrolled there"));
        Assert.That(Silence.Why([A() with { Disabled = true }]), Is.EqualTo("its agent is disabled"));
        Assert.That(Silence.Why([A() with { Disabled = true }, A() with { Drained = true }]), Is.EqualTo("its agent is drained"));
        Assert.That(Silence.Why([A() with { Drained = true }, A() with { Drained = true }]), Is.EqualTo("all of its agents are drained"));
        Assert.That(Silence.Why([A() with { Online = false }, A() with { Drained = true }]), Is.EqualTo("no agent was ever online"));
        Assert.That(Silence.Why([A() with { Online = false, LastSeenAt = Noon.AddHours(-1) }, A() with { Online = false, LastSeenAt = Noon }]),
            Is.EqualTo("no agent is online, the last was heard of at 2026-01-31 12:00:00 UTC"));
        Assert.That(Silence.Why([A() with { Unfit = Unfit("resolver") }, A(), A() with { SpoolDepth = 500 }]), Is.EqualTo("1 of 3 agents unfit: resolver"));
        Assert.That(Silence.Why([A() with { SpoolDepth = 5000 }, A() with { SpoolDepth = 7 }]), Is.EqualTo("results are late, 5007 wait at its agents"));
        Assert.That(Silence.Why([A(), A() with { SpoolDepth = 7 }]), Is.Empty);
    }

    [Test]
    public void Unfit_agents_are_told_by_location_and_what_a_lost_or_disabled_one_said_last_counts_for_nothing()
    {
        AgentStatus[] agents =
        [
            A() with { Unfit = Unfit("resolver", "cpu") }, A() with { Unfit = Unfit("cpu") }, A(),
            A("us-east") with { Unfit = Unfit("link"), Online = false }, A("us-east") with { Unfit = Unfit("link"), Disabled = true }, A("ap-south"),
        ];
        Assert.That(AgentFitness.ByLocation(agents).Select(f => $"{f.Location}: {f.Fitness.Words}"), Is.EqualTo(new[] { "eu-west: 2 of 3 agents unfit: cpu, resolver" }));
    }

    private static AgentUnfit[] Unfit(params string[] what) => [.. what.Select(w => new AgentUnfit(w, "", Noon))];

    private static AgentStatus A(string location = "eu-west") =>
        new() { Id = 1, PublicId = "a", Name = "a", Location = location, Region = location, Online = true };
}
