using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class FlappingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Each_time_within_the_hour_it_takes_twice_as_many_healthy_judgments_to_be_well()
    {
        Assert.That(Leaves(times: 5, apart: TimeSpan.FromMinutes(5)), Is.EqualTo(new[] { 3, 6, 12, 24, 24 }));
    }

    [Test]
    public void What_is_two_hours_ago_counts_no_longer() =>
        Assert.That(Leaves(times: 3, apart: TimeSpan.FromHours(2)), Is.EqualTo(new[] { 3, 3, 3 }));

    private static List<int> Leaves(int times, TimeSpan apart)
    {
        var (flapping, options, now) = (new Flapping(), new DetectorOptions(), Noon);
        var state = DetectorState.New(now).After(Look(Level.Healthy), now, options, options.ToLeave);
        var took = new List<int>();
        for (var i = 0; i < times; i++)
        {
            now += apart;
            while (!state.Flagged)
            {
                state = flapping.After(state, Look(Level.Degraded), now, options);
            }

            took.Add(0);
            while (state.Flagged)
            {
                state = flapping.After(state, Look(Level.Healthy), now, options);
                took[^1]++;
            }
        }

        return took;
    }

    private static Judgment Look(Level level) => new(level, new Evidence(), false);
}
