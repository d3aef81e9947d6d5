using Microsoft.EntityFrameworkCore;

namespace Probes.Orchestrator.Store;

/// <summary>Results of one check and agent that came in late, by the hour they were due in.</summary>
/// <param name="Minute">The hour's first, since the Unix epoch.</param>
public readonly record struct LateResult(int CheckId, long Minute, int AgentId, long Results, DateTimeOffset LastAt);

/// <summary>Which results came so late that what was read of their time before is no longer true. They are written with the results themselves.</summary>
internal sealed class LateResults(IDbContextFactory<ProbesContext> contexts)
{
    /// <summary>After the end of its run; what a spool, a bus and a rollup take is seconds.</summary>
    public static readonly TimeSpan After = TimeSpan.FromMinutes(5);

    /// <summary>Ends the insert on both engines.</summary>
    public const string OnConflict =
        "ON CONFLICT (check_id, minute, agent_id) DO UPDATE SET results = late_results.results + excluded.results, last_us = excluded.last_us";

    /// <summary>Pure: sorted, so that two transactions cannot wait for each other.</summary>
    public static IReadOnlyList<LateResult> Of(IReadOnlyList<PendingRow> rows, DateTimeOffset now)
    {
        var before = now - After;
        return
        [
            .. from row in rows
               // What was made again counts for nothing, and changes nothing.
               where !row.Item.Result.Retried && row.Item.Result.Due + row.Item.Result.Late + row.Item.Result.Duration < before
               group row by (row.Item.CheckId, Minute: Micros.Floor(row.DueMicros, 60 * Micros.PerMinute) * 60, row.AgentId) into hour
               orderby hour.Key
               select new LateResult(hour.Key.CheckId, hour.Key.Minute, hour.Key.AgentId, hour.Count(), now),
        ];
    }

    /// <summary>Those due in hours that overlap the span of minutes.</summary>
    public async Task<IReadOnlyList<LateResult>> ReadAsync(int checkId, long from, long to, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Database.SqlQueryRaw<Row>(
            """SELECT minute AS "Minute", agent_id AS "AgentId", results AS "Results", last_us AS "LastUs" FROM late_results WHERE check_id = {0} AND minute > {1} - 60 AND minute < {2}""",
            checkId, from, to).ToListAsync(ct);
        return [.. rows.Select(r => new LateResult(checkId, r.Minute, r.AgentId, r.Results, Micros.ToTime(r.LastUs)))];
    }

    /// <summary>Removes those due before; returns how many rows.</summary>
    public async Task<int> ForgetAsync(long before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlRawAsync("DELETE FROM late_results WHERE minute < {0}", [before], ct);
    }

    private sealed record Row(long Minute, int AgentId, long Results, long LastUs);
}
