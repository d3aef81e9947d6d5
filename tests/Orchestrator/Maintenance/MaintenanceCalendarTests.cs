using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Maintenance;

public sealed class MaintenanceCalendarTests
{
    private static readonly CatalogSnapshot Catalog = FixedCatalog.Of(TimeSpan.FromSeconds(10), "eu1=Europe", "eu2=Europe", "us1=America").Current;
    private static readonly Check Shop = Catalog.Checks["shop"].Check;
    private static readonly MaintenanceWindow Hour = new() { Name = "hour", From = DateTimeOffset.UnixEpoch.AddMinutes(60), To = DateTimeOffset.UnixEpoch.AddMinutes(120) };

    [Test]
    public void A_window_covers_its_minutes_only_and_the_checks_it_names()
    {
        var calendar = Of(Hour with { Checks = ["shop"] });
        Assert.That(new[] { 59, 60, 119, 120 }.Select(m => calendar.Covers(Shop, "Europe", m)), Is.EqualTo(new[] { null, "hour", "hour", null }));
        Assert.That(calendar.Covers(Shop with { Name = "pay" }, "Europe", 60), Is.Null);
        Assert.That(calendar.Minutes(Shop, "Europe").Count(), Is.EqualTo(60));
        Assert.That(Of(Hour with { From = Hour.From!.Value.AddDays(1), To = Hour.To!.Value.AddDays(1) }).IsEmpty, Is.True);
    }

    [Test]
    public void One_of_all_checks_is_of_its_project_alone()
    {
        var calendar = Of(Hour with { Name = "team/hour" });
        Assert.That(calendar.Covers(Shop, "Europe", 60), Is.Null);
        Assert.That(calendar.Covers(Shop with { Name = "team/web" }, "Europe", 60), Is.EqualTo("team/hour"));
    }

    [Test]
    public void A_region_is_covered_by_its_name_or_when_all_of_its_locations_are()
    {
        var region = Of(Hour with { Regions = ["Europe"] });
        Assert.That((region.Covers(Shop, "Europe", 60), region.Covers(Shop, "America", 60)), Is.EqualTo(("hour", (string?)null)));
        var one = Of(Hour with { Locations = ["eu1"] });
        Assert.That((one.Covers(Shop, "Europe", 60), one.LeavesOut(Shop, "eu1", 60), one.LeavesOut(Shop, "eu2", 60)), Is.EqualTo(((string?)null, true, false)));
        var both = Of(Hour with { Locations = ["eu1"] }, Hour with { Name = "other", Locations = ["eu2"] });
        Assert.That((both.Covers(Shop, "Europe", 60), both.LeavesOut(Shop, "eu1", 60)), Is.EqualTo(("hour", false)));
        Assert.That(both.Marks("shop", "eu2").Index().Where(m => m.Item).Select(m => m.Index), Is.EqualTo(Enumerable.Range(60, 60)));
    }

    [Test]
    public void The_calendar_of_now_is_made_again_only_when_the_minute_or_the_catalog_is_another()
    {
        var current = new CurrentMaintenance();
        var first = current.At(Catalog, 60);
        Assert.That(current.At(Catalog, 60), Is.SameAs(first));
        Assert.That(current.At(Catalog, 61), Is.Not.SameAs(first));
        Assert.That(current.At(Catalog with { Windows = Catalog.Windows.Add("hour", new CatalogWindow(Hour, 1, default)) }, 61).Covers(Shop, "America", 61), Is.EqualTo("hour"));
    }

    private static MaintenanceCalendar Of(params MaintenanceWindow[] windows) =>
        MaintenanceCalendar.Of(Catalog, windows.Select(w => new CatalogWindow(w, 1, default)), 0, 1440);
}
