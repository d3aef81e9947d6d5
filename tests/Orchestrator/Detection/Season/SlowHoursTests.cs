using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection.Season;

public sealed class SlowHoursTests
{
    private const long Monday = 29_457_000 / 1440 * 1440;

    private static readonly Judgment Healthy = new(Level.Healthy, new Evidence { Runs = 10, MedianMs = 200 }, false);

    [Test]
    public void What_has_crept_up_over_hours_is_flagged_while_it_lasts()
    {
        var hours = Hours(200, 260);
        Assert.That(hours.IsSlow, Is.True);
        var flagged = SlowHours.Judge(Healthy, hours, Window(250), new DetectorOptions());
        Assert.That(flagged?.Level, Is.EqualTo(Level.Degraded));
        Assert.That(flagged!.Value.Evidence.Season!.UsualMs, Is.EqualTo(100).Within(10));
        Assert.That(SlowHours.Judge(Healthy, hours, Window(105), new DetectorOptions()), Is.Null, "the latest runs are as ever");
    }

    [Test]
    public void What_does_not_matter_is_not_flagged() =>
        Assert.That(SlowHours.Judge(Healthy, Hours(115, 118), Window(118), new DetectorOptions()), Is.Null);

    [Test]
    public void An_hour_of_which_nothing_is_known_is_not_slow()
    {
        var hours = Hours(200, 260);
        hours.Judge(Monday + (130 * 60));
        Assert.That((hours.IsSlow, hours.Expected), Is.EqualTo((false, (Expectation?)null)));
    }

    [Test]
    public void An_hour_of_long_ago_tells_nothing_of_now()
    {
        Assert.That(SlowHours.Judge(Healthy, Hours(200, 260), Window(250, Monday + (104 * 60)), new DetectorOptions()), Is.Not.Null);
        Assert.That(SlowHours.Judge(Healthy, Hours(200, 260), Window(250, Monday + (106 * 60)), new DetectorOptions()), Is.Null);
    }

    private static HourSeries Hours(params double[] last)
    {
        var (random, hours) = (new Random(1), new HourSeries(672));
        for (var hour = 0; hour < 100; hour++)
        {
            hours.Add(Monday + (hour * 60), 98 + (4 * random.NextDouble()));
        }

        for (var i = 0; i < last.Length; i++)
        {
            hours.Add(Monday + ((100 + i) * 60), last[i]);
        }

        hours.Judge(Monday + ((100 + last.Length) * 60));
        return hours;
    }

    private static RegionWindow Window(double ms, long minute = Monday) => new(MinuteHistory.Start(minute - 10), MinuteHistory.Start(minute),
        RollupBuilder.Build(Enumerable.Range(0, 10).Select(i => new StoredRun(RunStatus.Passed, FailureSource.None, (long)((ms + i) * 1000), 1000, 500, -1, 100, (long)(ms * 900), 400))), 1);
}
