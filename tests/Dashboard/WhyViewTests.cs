using Probes.Orchestrator.Dashboard;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;

namespace Probes.Tests.Dashboard;

public sealed class WhyViewTests
{
    [Test]
    public void Every_condition_that_was_asked_is_on_the_page()
    {
        var evidence = new Evidence
        {
            Runs = 20,
            Availability = 1,
            AvailabilityHigh = 1,
            MedianMs = 140,
            BaselineMedianMs = 50,
            TailMs = 90,
            TailPart = 0.4,
            PValue = 1e-7,
            Season = new SeasonEvidence(Basis.TimeOfDay, 3, 150, 170),
        };
        var conditions = Explanation.Of(evidence, new DetectorOptions(), Level.Degraded, new Standing(null, 0, true, null));
        var answer = new WhyAnswer("shop", "us", default, true, Level.Degraded, default, false, true, "", "", null, evidence, conditions, [], new Dictionary<string, double>(), []);
        Assert.That(WhyView.GroupsOf(answer).SelectMany(g => g.Conditions).Select(c => c.Name), Is.EquivalentTo(conditions.Select(c => c.Name)));
    }
}
