using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection.Season;

public sealed class UsualTimesTests
{
    private const long Now = 29_500_000;

    [Test]
    public void What_three_days_did_at_this_time_is_usual()
    {
        var season = Asked([1, 2, 3], rise: _ => 100).Explains(Window(), Slower(150));
        Assert.That(season, Is.Not.Null);
        Assert.That((season!.Basis, season.Points), Is.EqualTo((Basis.TimeOfDay, 3)));
        Assert.That(season.UsualMs, Is.EqualTo(150).Within(3));
    }

    [Test]
    public void Some_minutes_earlier_or_later_are_the_same_time()
    {
        Assert.That(Asked([1, 2, 3], rise: d => 100, late: d => (d * 8) - 16).Explains(Window(), Slower(150)), Is.Not.Null);
        Assert.That(Asked([1, 2, 3], rise: d => 100, late: _ => 60).Explains(Window(), Slower(150)), Is.Null, "an hour later is another time");
    }

    [Test]
    public void What_one_day_of_three_did_was_an_incident_of_its_own() =>
        Assert.That(Asked([1, 2, 3], rise: d => d == 2 ? 100 : 0).Explains(Window(), Slower(150)), Is.Null);

    [Test]
    public void Two_days_are_too_few_and_two_weeks_are_enough()
    {
        Assert.That(Asked([1, 2], rise: _ => 100).Explains(Window(), Slower(150)), Is.Null);
        Assert.That(Asked([7, 14], rise: _ => 100).Explains(Window(), Slower(150))?.Basis, Is.EqualTo(Basis.TimeOfWeek));
    }

    [Test]
    public void What_is_much_worse_than_usual_is_not_usual() =>
        Assert.That(Asked([1, 2, 3], rise: _ => 100).Explains(Window(), Slower(400)), Is.Null);

    [Test]
    public void What_was_slow_all_day_long_is_no_season() =>
        Assert.That(Asked([1, 2, 3], rise: _ => 0, level: 150).Explains(Window(), Slower(150)), Is.Null);

    [Test]
    public void An_answer_holds_for_an_hour_and_for_what_comes_after_it_was_asked()
    {
        var usual = Asked([], rise: _ => 0);
        Assert.That(usual.Covers(Window()), Is.True);
        Assert.That(usual.Covers(Window(minutes: 50)), Is.True);
        Assert.That(usual.Covers(Window(minutes: 70)), Is.False);
        Assert.That(usual.Covers(Window(minutes: -60)), Is.False);
    }

    private static UsualTimes Asked(int[] days, Func<int, double> rise, double level = 50, Func<int, int>? late = null)
    {
        var usual = new UsualTimes(Now, Now + 10);
        foreach (var day in days)
        {
            var (from, to) = usual.Span(day);
            for (var minute = from; minute < to; minute++)
            {
                var at = minute + (day * 1440) - Now - (late?.Invoke(day) ?? 0);
                usual.Put(minute, RollupCodec.Encode(RollupBuilder.Build([Run(level + (at is >= -5 and < 30 ? rise(day) : 0))])));
            }
        }

        return usual;
    }

    private static RegionWindow Window(long minutes = 0) => new(MinuteHistory.Start(Now + minutes), MinuteHistory.Start(Now + minutes + 10), new Rollup(), 1);

    private static Evidence Slower(double median) => new() { MedianMs = median, BaselineMedianMs = 50, Superiority = 1, PValue = 1e-9 };

    private static StoredRun Run(double ms) => new(RunStatus.Passed, FailureSource.None, (long)(ms * 1000), 1000, 500, -1, 100, (long)(ms * 900), 400);
}
