using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection.Season;

/// <summary>A check that runs every ten minutes has a baseline of ten hours, in which the time of day alone moves it.</summary>
public sealed class DriftTests
{
    [Test]
    public void A_daily_swing_is_no_shift_for_a_check_that_runs_seldom([Values(5, 10)] int minutes)
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var region = New(seed, minutes);
            var flagged = new List<string>();
            for (var hour = 0; hour < 48; hour++)
            {
                var verdicts = region.Pass(TimeSpan.FromHours(1), Swing(hour));
                flagged.AddRange(verdicts.Where(v => v.Level is Level.Degraded or Level.Down).Select(v => v.Sentence));
            }

            Assert.That(flagged, Is.Empty);
        }
    }

    [Test]
    public void Why_it_is_none_is_said()
    {
        var region = New(1, 10);
        var said = Enumerable.Range(0, 48).SelectMany(hour => region.Pass(TimeSpan.FromHours(1), Swing(hour))).Select(v => v.Sentence).ToList();
        Assert.That(said, Has.Some.Matches("us-east is healthy: slower than before .median \\d+ ms, was \\d+ ms., but \\d+ ms are what the 1\\d runs just before took, so that it changes little by little"));
    }

    [Test]
    public void A_shift_in_the_middle_of_the_swing_is_one([Values(0, 6, 12, 18)] int at)
    {
        var region = New(2, 10);
        for (var hour = 0; hour < 24 + at; hour++)
        {
            region.Pass(TimeSpan.FromHours(1), Swing(hour));
        }

        var slow = Swing(24 + at);
        Assert.That(region.UntilFlagged(TimeSpan.FromHours(2), slow with { WaitMs = slow.WaitMs + 150 }), Is.LessThan(TimeSpan.FromMinutes(61)));
    }

    private static SimulatedRegion New(int seed, int minutes)
    {
        var region = new SimulatedRegion(seed, minutes * 60);
        region.Options.EverySeconds = 60;
        return region;
    }

    private static Weather Swing(int hour) => new() { WaitMs = 150 * (1 + (0.25 * Math.Sin(2 * Math.PI * hour / 24))), Sigma = 0.06 };
}
