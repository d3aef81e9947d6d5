using CsCheck;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Quorum;
using static Probes.Orchestrator.Detection.Level;

namespace Probes.Tests.Orchestrator.Detection.Quorum;

public sealed class CheckStatesTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { Healthy, Healthy }, CheckState.Healthy, "healthy in 2 of 2 regions" },
        new object[] { new[] { Down, Healthy }, CheckState.Partial, "down in 1 of 2 regions, healthy in 1" },
        new object[] { new[] { Down, Healthy, Healthy, Healthy }, CheckState.Partial, "down in 1 of 4 regions, healthy in 3" },
        new object[] { new[] { Down, Down }, CheckState.Down, "down in 2 of 2 regions" },
        new object[] { new[] { Down, Down, Unknown }, CheckState.Down, "down in 2 of 3 regions, unknown in 1" },
        new object[] { new[] { Down, Unknown, Unknown }, CheckState.Partial, "down in 1 of 3 regions, unknown in 2" },
        new object[] { new[] { Down, Degraded }, CheckState.Partial, "down in 1 of 2 regions, degraded in 1" },
        new object[] { new[] { Degraded, Healthy, Unknown }, CheckState.Degraded, "degraded in 1 of 3 regions, unknown in 1, healthy in 1" },
        new object[] { new[] { Healthy, Unknown }, CheckState.NotEnoughEvidence, "not enough evidence: unknown in 1 of 2 regions, healthy in 1" },
        new object[] { new[] { Unknown }, CheckState.NotEnoughEvidence, "not enough evidence: unknown in 1 of 1 region" },
        new object[] { Array.Empty<Level>(), CheckState.NotEnoughEvidence, "not enough evidence: it runs from nowhere" },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Regions_are_one_state(Level[] regions, CheckState state, string words) =>
        Assert.That((CheckStates.Of(regions), CheckStates.Words(regions)), Is.EqualTo((state, words)));

    [Test]
    public void One_region_down_and_one_well_is_partial_whichever_comes_first_and_however_often_it_is_asked()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.That((CheckStates.Of([Down, Healthy]), CheckStates.Of([Healthy, Down])), Is.EqualTo((CheckState.Partial, CheckState.Partial)));
        }
    }

    [Test]
    public void No_order_of_regions_changes_the_state_and_a_failing_one_is_never_lost() =>
        Gen.Int[0, 3].Select(i => (Level)i).List[0, 12].Sample(levels =>
        {
            var state = CheckStates.Of(levels);
            return CheckStates.Of([.. levels.AsEnumerable().Reverse()]) == state
                && levels.Contains(Down) == state is CheckState.Partial or CheckState.Down
                && (state != CheckState.Healthy || levels.TrueForAll(l => l == Healthy))
                && (state != CheckState.Down || !levels.Contains(Healthy));
        });
}
