using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Confirmations of the last day: stored, so that every orchestrator judges with them, and a restart or another leader does not lose them.</summary>
internal sealed class ConfirmationBook(IDbContextFactory<ProbesContext> contexts)
{
    /// <summary>Runs kept for each pair.</summary>
    internal const int MostOfPair = 20;

    private const int MostRead = 10_000;

    /// <summary>Read again: a number is given before what has it is committed, so that it may show after later ones.</summary>
    private const int MostLate = 100;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<(int CheckId, string Region), IReadOnlyList<ConfirmingRun>> _known = new();
    private readonly HashSet<long> _seen = [];
    private long _read;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ConfirmingRun> Of(int checkId, string region) => _known.GetValueOrDefault((checkId, region)) ?? [];

    /// <summary>Stores what one confirmation brought, and forgets what is over a day old.</summary>
    public async Task AddAsync(int checkId, string region, IReadOnlyList<ConfirmingRun> runs, DateTimeOffset now, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlRawAsync("DELETE FROM confirmations WHERE at_us < {0}", [Micros.Of(now - Kept)], ct);
        await db.Database.ExecuteSqlRawAsync("INSERT INTO confirmations (check_id, region, at_us, runs) VALUES ({0}, {1}, {2}, {3})",
            [checkId, region, Micros.Of(now), JsonSerializer.Serialize(runs, JsonSerializerOptions.Web)], ct);
    }

    /// <summary>Reads what was stored since it was last called.</summary>
    public async Task RefreshAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var since = Micros.Of(now - Kept);
        var rows = await db.Database.SqlQueryRaw<Row>(
            """SELECT id AS "Id", check_id AS "CheckId", region AS "Region", runs AS "Runs" FROM confirmations WHERE id > {0} AND at_us >= {1} ORDER BY id LIMIT {2}""",
            _read - MostLate, since, MostRead).ToListAsync(ct);
        foreach (var row in rows.Where(r => _seen.Add(r.Id)))
        {
            _read = Math.Max(_read, row.Id);
            var runs = JsonSerializer.Deserialize<IReadOnlyList<ConfirmingRun>>(row.Runs, JsonSerializerOptions.Web) ?? [];
            _known.AddOrUpdate((row.CheckId, row.Region), runs, (_, before) => [.. before.Concat(runs).OrderBy(r => r.At).TakeLast(MostOfPair)]);
        }

        _seen.RemoveWhere(id => id <= _read - MostLate);

        foreach (var (pair, runs) in _known)
        {
            if (runs.Count == 0 || runs[^1].At < now - Kept)
            {
                _known.TryRemove(pair, out _);
            }
        }
    }

    private sealed record Row(long Id, int CheckId, string Region, string Runs);
}
