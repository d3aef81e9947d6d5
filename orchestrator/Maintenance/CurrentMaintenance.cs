using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Maintenance;

/// <summary>The calendar of the minutes that are judged now, made anew once a minute and when the catalog has changed. Not thread-safe.</summary>
internal sealed class CurrentMaintenance
{
    /// <summary>Minutes before the present one, for whoever looked away for a while.</summary>
    private const int Back = 5;

    private (CatalogSnapshot Catalog, long Minute, MaintenanceCalendar Calendar)? _made;

    public MaintenanceCalendar At(CatalogSnapshot catalog, long minute)
    {
        if (_made is not { } made || !ReferenceEquals(made.Catalog, catalog) || made.Minute != minute)
        {
            _made = made = (catalog, minute, MaintenanceCalendar.Of(catalog, catalog.Windows.Values, minute - Back, minute + 1));
        }

        return made.Calendar;
    }
}
