using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class LevelsTests
{
    [Test]
    public void What_is_unknown_in_one_region_is_not_healthy_as_a_whole()
    {
        Assert.That(Levels.Worst([Level.Healthy, Level.Unknown, Level.Healthy]), Is.EqualTo(Level.Unknown));
        Assert.That(Levels.Worst([Level.Healthy, Level.Unknown, Level.Degraded]), Is.EqualTo(Level.Degraded));
        Assert.That(Levels.Worst([Level.Down, Level.Degraded]), Is.EqualTo(Level.Down));
        Assert.That(Levels.Worst([Level.Healthy]), Is.EqualTo(Level.Healthy));
        Assert.That(Levels.Worst([]), Is.EqualTo(Level.Unknown), "nobody agrees with nothing");
    }
}
