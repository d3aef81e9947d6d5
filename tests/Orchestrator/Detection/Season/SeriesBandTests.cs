using Probes.Orchestrator.Detection.Season;

namespace Probes.Tests.Orchestrator.Detection.Season;

public sealed class SeriesBandTests
{
    /// <summary>A Monday.</summary>
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    public void Too_little_is_known_of_two_days()
    {
        var band = new SeriesBand(Hour);
        var readings = Feed(band, 0, 48, Steady(1));
        Assert.That(readings.Select(r => r.Expected), Has.All.Null);
        Assert.That(Feed(band, 48, 60, Steady(1))[^1].Expected, Is.Not.Null);
    }

    [Test]
    public void What_is_twice_as_slow_is_out_and_what_is_a_tenth_slower_is_not()
    {
        var band = new SeriesBand(Hour);
        var before = Feed(band, 0, 200, Steady(2));
        Assert.That(before.Count(r => r.IsOut), Is.Zero);
        Assert.That(band.Next(At(200), 108).IsOut, Is.False);
        var slow = band.Next(At(201), 200);
        Assert.That(slow.IsOut, Is.True);
        Assert.That(slow.Score, Is.Positive);
        Assert.That(slow.Expected!.Value.High, Is.LessThan(200));
        Assert.That(band.Next(At(202), 40), Has.Property("IsOut").True.And.Property("Score").Negative);
    }

    [Test]
    public void A_time_of_day_that_is_slow_every_day_is_expected_and_the_same_at_another_time_is_not()
    {
        double Nightly(int hour) => hour % 24 == 3 ? 300 : Steady(3)(hour);
        var band = new SeriesBand(Hour);
        Feed(band, 0, 8 * 24, Nightly);
        var days = Feed(band, 8 * 24, 10 * 24, Nightly);
        Assert.That(days.Count(r => r.IsOut), Is.Zero);
        Assert.That(band.Expect(At((10 * 24) + 3))!.Value.Value, Is.EqualTo(300).Within(15));
        Feed(band, 10 * 24, (10 * 24) + 15, Nightly);
        Assert.That(band.Next(At((10 * 24) + 15), 300).IsOut, Is.True);
    }

    [Test]
    public void A_weekend_that_differs_from_the_week_is_expected_after_two_of_them()
    {
        double Weekly(int hour) => (hour / 24 % 7 >= 5 ? 40 : 100) * (Steady(4)(hour) / 100);
        var band = new SeriesBand(Hour);
        Feed(band, 0, 4 * 7 * 24, Weekly);
        Assert.That(band.Expect(At((4 * 7 * 24) + (5 * 24) + 12))!.Value.Value, Is.EqualTo(40).Within(4), "a Saturday");
        Assert.That(band.Expect(At((4 * 7 * 24) + 12))!.Value.Value, Is.EqualTo(100).Within(10), "a Monday");
    }

    [Test]
    public void What_is_out_does_not_become_normal_for_a_day_and_then_does()
    {
        var band = new SeriesBand(Hour);
        Feed(band, 0, 240, Steady(5));
        var shifted = Feed(band, 240, 240 + 72, h => 3 * Steady(5)(h));
        Assert.That(shifted.Take(24).Select(r => r.IsOut), Has.All.True);
        Assert.That(shifted.TakeLast(12).Select(r => r.IsOut), Has.All.False);
    }

    [Test]
    public void A_heavy_tail_widens_the_band()
    {
        var random = new Random(6);
        var band = new SeriesBand(Hour);
        double Tailed(int hour) => Steady(6)(hour) * (random.NextDouble() < 0.1 ? 2 + random.NextDouble() : 1);
        Feed(band, 0, 200, Tailed);
        Assert.That(Feed(band, 200, 500, Tailed).Count(r => r.IsOut), Is.Zero);
    }

    [Test]
    public void Nothing_but_zeros_and_huge_values_break_nothing()
    {
        var band = new SeriesBand(TimeSpan.FromMinutes(5));
        Assert.That(() => Feed(band, 0, 300, h => h % 3 == 0 ? 0 : h % 50 == 0 ? double.MaxValue / 1e10 : -1), Throws.Nothing);
    }

    private static Func<int, double> Steady(int seed)
    {
        var random = new Random(seed);
        return _ => 100 * (0.97 + (0.06 * random.NextDouble()));
    }

    private static DateTimeOffset At(int hour) => Start.AddHours(hour);

    private static List<BandReading> Feed(SeriesBand band, int from, int to, Func<int, double> value) =>
        [.. Enumerable.Range(from, to - from).Select(h => band.Next(At(h), value(h)))];
}
