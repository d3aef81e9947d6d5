using Microsoft.EntityFrameworkCore;

namespace Probes.Orchestrator.Store;

/// <summary>Single dead letters: looked at whole, and taken away. They are added and listed by <see cref="IResultStore"/>.</summary>
internal sealed class DeadLetterBook(IDbContextFactory<ProbesContext> contexts)
{
    /// <summary>Null when there is none.</summary>
    public async Task<DeadLetter?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Database.SqlQueryRaw<Row>(
            """SELECT id AS "Id", at_us AS "AtUs", source AS "Source", reason AS "Reason", size AS "Size", body AS "Body" FROM dead_letters WHERE id = {0}""", id).ToListAsync(ct);
        return rows.Count == 0 ? null : new DeadLetter(id, Micros.ToTime(rows[0].AtUs), rows[0].Source, rows[0].Reason, rows[0].Size, rows[0].Body);
    }

    /// <summary>False when there is none.</summary>
    public async Task<bool> RemoveAsync(long id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlRawAsync("DELETE FROM dead_letters WHERE id = {0}", [id], ct) == 1;
    }

    private sealed record Row(long Id, long AtUs, string Source, string Reason, int Size, byte[] Body);
}
