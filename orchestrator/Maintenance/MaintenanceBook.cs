using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Maintenance;

/// <summary>What was maintenance when, for accounts of the past: also by windows that were changed or deleted since.</summary>
internal sealed class MaintenanceBook(IDbContextFactory<ProbesContext> contexts, ILogger<MaintenanceBook> log)
{
    /// <param name="catalog">Locations.</param>
    /// <param name="check">Qualified name.</param>
    /// <param name="from">First minute since the Unix epoch.</param>
    /// <param name="to">The minute after the last.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<MaintenanceCalendar> ReadAsync(CatalogSnapshot catalog, string check, long from, long to, CancellationToken ct)
    {
        var windows = await EverAsync(DateTimeOffset.UnixEpoch.AddMinutes(from), ct);
        return MaintenanceCalendar.Of(catalog, windows.Where(w => w.Window.Names(check)), from, to);
    }

    /// <summary>All windows that were in force at some time after; for calendars of many checks.</summary>
    public async Task<IReadOnlyList<CatalogWindow>> EverAsync(DateTimeOffset after, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await MaintenanceRows.ReadEverAsync(db, after, log, ct);
    }

    /// <summary>Removes what was in force only before; returns how many rows.</summary>
    public async Task<int> ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await MaintenanceRows.ForgetAsync(db, before, ct);
    }
}
