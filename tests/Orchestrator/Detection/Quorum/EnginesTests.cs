using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Sessions;

namespace Probes.Tests.Orchestrator.Detection.Quorum;

public sealed class EnginesTests
{
    private static readonly Dictionary<int, AgentEngine> Known = new()
    {
        [1] = new("9", 0),
        [2] = new("9", 0),
        [3] = new("10", 500),
        [4] = new("10", 0),
    };

    [Test]
    public void The_engine_of_most_is_the_yardstick_and_of_equals_the_newest()
    {
        Assert.That(Engines.Reference([1, 2, 3], Known), Is.EqualTo("9"));
        Assert.That(Engines.Reference([1, 2, 3, 4], Known), Is.EqualTo("10"), "10 is newer than 9");
        Assert.That(Engines.Reference([3, 99], Known), Is.EqualTo("10"), "99 never said");
        Assert.That(Engines.Reference([99], Known), Is.Null);
    }

    [Test]
    public void Other_engines_never_count_and_what_an_agent_measured_before_it_changed_does_not_either() =>
        Assert.That(Engines.CountsFrom([1, 2, 3, 4, 99], "10", Known), Is.EquivalentTo(new Dictionary<int, long> { [1] = long.MaxValue, [2] = long.MaxValue, [3] = 500 }));

    [Test]
    public void Nothing_is_left_out_where_all_are_alike_for_as_long_as_is_remembered()
    {
        Assert.That(Engines.AreAlike(Known, 1000), Is.False);
        Assert.That(Engines.AreAlike(new Dictionary<int, AgentEngine> { [3] = Known[3], [4] = Known[4] }, 500), Is.True);
        Assert.That(Engines.AreAlike(new Dictionary<int, AgentEngine> { [3] = Known[3], [4] = Known[4] }, 499), Is.False);
        Assert.That(Engines.AreAlike(new Dictionary<int, AgentEngine>(), 0), Is.True);
    }

    [Test]
    public void An_agent_with_another_engine_confirms_nothing()
    {
        Assert.That(Engines.MayConfirm(3, [1], Known), Is.False);
        Assert.That(Engines.MayConfirm(2, [1], Known), Is.True);
        Assert.That(Engines.MayConfirm(99, [1], Known), Is.True);
        Assert.That(Engines.MayConfirm(1, [99], Known), Is.True);
    }
}
