using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Catalog;

/// <summary>
/// Maintenance windows as stored: one row for each revision, with the time in which it was in force. Rows are never changed but for their end, so that what was maintenance once stays so in every account.
/// </summary>
internal static class MaintenanceRows
{
    private const string Columns = """SELECT name AS "Name", revision AS "Revision", document AS "Document", from_us AS "FromUs", to_us AS "ToUs" FROM maintenance""";

    /// <summary>Those in force; what has not changed keeps its object.</summary>
    internal static async Task<ImmutableSortedDictionary<string, CatalogWindow>> ReadAsync(ProbesContext db, CatalogSnapshot before, ILogger log, CancellationToken ct)
    {
        var rows = await db.Database.SqlQueryRaw<Row>(Columns + " WHERE to_us IS NULL").ToListAsync(ct);
        var windows = rows.Select(r => before.Windows.GetValueOrDefault(r.Name) is { } known && known.Revision == r.Revision ? known : Read(r, log)).OfType<CatalogWindow>().ToList();
        return windows.Count == before.Windows.Count && windows.TrueForAll(w => ReferenceEquals(before.Windows.GetValueOrDefault(w.Window.Name), w))
            ? before.Windows
            : windows.ToImmutableSortedDictionary(w => w.Window.Name, w => w, StringComparer.Ordinal);
    }

    /// <summary>All that were in force at some time after, those of now among them.</summary>
    internal static async Task<IReadOnlyList<CatalogWindow>> ReadEverAsync(ProbesContext db, DateTimeOffset after, ILogger log, CancellationToken ct)
    {
        var rows = await db.Database.SqlQueryRaw<Row>(Columns + " WHERE to_us IS NULL OR to_us > {0}", Micros.Of(after)).ToListAsync(ct);
        return [.. rows.Select(r => Read(r, log)).OfType<CatalogWindow>()];
    }

    /// <summary>Within the caller's transaction.</summary>
    internal static async Task WriteAsync(ProbesContext db, IReadOnlyList<(string Name, string Document)> windows, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var (name, document) in windows)
        {
            await DeleteAsync(db, name, now, ct);
            await db.Database.ExecuteSqlRawAsync(
                "INSERT INTO maintenance (name, revision, document, from_us) SELECT {0}, coalesce(max(revision), 0) + 1, {1}, {2} FROM maintenance WHERE name = {0}",
                [name, document, Micros.Of(now)], ct);
        }
    }

    /// <summary>False when there is none of that name.</summary>
    internal static async Task<bool> DeleteAsync(ProbesContext db, string name, DateTimeOffset now, CancellationToken ct) =>
        await db.Database.ExecuteSqlRawAsync("UPDATE maintenance SET to_us = {1} WHERE name = {0} AND to_us IS NULL", [name, Micros.Of(now)], ct) > 0;

    /// <summary>Removes what was in force only before; returns how many rows.</summary>
    internal static Task<int> ForgetAsync(ProbesContext db, DateTimeOffset before, CancellationToken ct) =>
        db.Database.ExecuteSqlRawAsync("DELETE FROM maintenance WHERE to_us < {0}", [Micros.Of(before)], ct);

    private static CatalogWindow? Read(Row row, ILogger log)
    {
        var read = CheckDocuments.Read(row.Document, $"maintenance/{row.Name}");
        if (read.Windows.Count == 1 && read.Errors.Count == 0)
        {
            return new CatalogWindow(read.Windows[0], row.Revision, Micros.ToTime(row.FromUs), row.ToUs is { } to ? Micros.ToTime(to) : null);
        }

        Log.Unreadable(log, "maintenance", row.Name, string.Join("; ", read.Errors));
        return null;
    }

    private sealed record Row(string Name, long Revision, string Document, long FromUs, long? ToUs);
}
