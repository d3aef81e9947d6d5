using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;

namespace Probes.Tests.Orchestrator.Maintenance;

public sealed class OccurrencesTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 3, 28, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_nightly_window_stays_at_its_hour_of_the_clock_and_its_length_when_the_clocks_change()
    {
        // On 29 March 2026 Berlin goes from 02:00 to 03:00, from UTC+1 to UTC+2.
        Assert.That(Shown(Nightly("30 3 * * *"), 3), Is.EqualTo(new[] { "28 02:30-03:30", "29 01:30-02:30", "30 01:30-02:30" }));
    }

    [Test]
    public void A_start_that_the_change_skips_is_the_first_moment_after_the_gap() =>
        Assert.That(Shown(Nightly("30 2 * * *"), 3), Is.EqualTo(new[] { "28 01:30-02:30", "29 01:00-02:00", "30 00:30-01:30" }));

    [Test]
    public void A_start_that_comes_twice_counts_once()
    {
        // On 25 October 2026 Berlin goes from 03:00 back to 02:00.
        var midnight = new DateTimeOffset(2026, 10, 24, 12, 0, 0, TimeSpan.Zero);
        Assert.That(Shown(Nightly("30 2 * * *"), 1, midnight), Is.EqualTo(new[] { "25 00:30-01:30" }));
    }

    [Test]
    public void A_window_that_runs_over_the_change_lasts_as_long_as_it_says() =>
        Assert.That(Shown(Nightly("0 1 29 3 *"), 2), Is.EqualTo(new[] { "29 00:00-01:00" }));

    [Test]
    public void Occurrences_are_cut_to_the_span_and_those_that_touch_are_one()
    {
        var hourly = new MaintenanceWindow { Name = "h", Schedule = "*/30 * * * *", Duration = TimeSpan.FromMinutes(30) };
        Assert.That(Occurrences.Between(Revision(hourly), 100, 200), Is.EqualTo(new[] { new MinuteSpan(100, 200) }));
        var short_ = hourly with { Duration = TimeSpan.FromMinutes(2) };
        Assert.That(Occurrences.Between(Revision(short_), 121, 181), Is.EqualTo(new[] { new MinuteSpan(121, 122), new MinuteSpan(150, 152), new MinuteSpan(180, 181) }));
    }

    [Test]
    public void A_recurring_one_counts_from_when_it_was_defined_a_single_one_also_before_and_neither_after_it_was_deleted()
    {
        var (from, to) = (Minute(Midnight), Minute(Midnight.AddDays(2)));
        var nightly = new MaintenanceWindow { Name = "n", Schedule = "0 3 * * *", Duration = TimeSpan.FromHours(1) };
        var single = new MaintenanceWindow { Name = "s", From = Midnight.AddHours(1), To = Midnight.AddHours(2) };
        var defined = Midnight.AddHours(3).AddMinutes(20.5);
        Assert.That(Occurrences.Between(new CatalogWindow(nightly, 1, defined, Midnight.AddHours(27).AddMinutes(9.5)), from, to),
            Is.EqualTo(new[] { new MinuteSpan(from + 200, from + 240), new MinuteSpan(from + 1620, from + 1630) }));
        Assert.That(Occurrences.Between(new CatalogWindow(single, 1, defined), from, to), Is.EqualTo(new[] { new MinuteSpan(from + 60, from + 120) }));
        Assert.That(Occurrences.Between(new CatalogWindow(single, 1, Midnight, Midnight.AddHours(1.5)), from, to), Is.EqualTo(new[] { new MinuteSpan(from + 60, from + 90) }));
    }

    [Test]
    public void The_next_is_the_one_under_way_or_else_the_one_to_come()
    {
        var nightly = Nightly("30 3 * * *");
        Assert.That(Occurrences.Next(nightly, Midnight.AddHours(3).AddMinutes(29))!.Value.From, Is.EqualTo(Midnight.AddHours(2.5)));
        Assert.That(Occurrences.Next(nightly, Midnight.AddHours(3.5))!.Value.From, Is.EqualTo(Midnight.AddHours(25.5)));
        var single = new MaintenanceWindow { Name = "s", From = Midnight, To = Midnight.AddHours(2) };
        Assert.That(Occurrences.Next(single, Midnight.AddHours(-9)), Is.EqualTo(((DateTimeOffset, DateTimeOffset)?)(Midnight, Midnight.AddHours(2))));
        Assert.That(Occurrences.Next(single, Midnight.AddHours(2)), Is.Null);
    }

    private static MaintenanceWindow Nightly(string schedule) => new() { Name = "n", Schedule = schedule, Duration = TimeSpan.FromHours(1), TimeZone = "Europe/Berlin" };

    private static IEnumerable<string> Shown(MaintenanceWindow window, int days, DateTimeOffset? from = null)
    {
        var first = Minute(from ?? Midnight);
        return Occurrences.Between(Revision(window), first, first + (days * 1440)).Select(s => $"{Time(s.From):dd HH:mm}-{Time(s.To):HH:mm}");
    }

    private static CatalogWindow Revision(MaintenanceWindow window) => new(window, 1, DateTimeOffset.UnixEpoch);

    private static long Minute(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private static DateTimeOffset Time(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
}
