using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Results;

namespace Probes.Orchestrator.Store;

/// <summary>Runs whose results an agent gave up, as stored.</summary>
/// <param name="CheckId">Null when the agent did not know, or may not report it.</param>
/// <param name="Runs">How many.</param>
/// <param name="From">When the first was due.</param>
/// <param name="To">When the last was due.</param>
/// <param name="ToldAt">When it came in.</param>
public sealed record StoredGap(int AgentId, int? CheckId, GapReason Reason, long Runs, DateTimeOffset From, DateTimeOffset To, DateTimeOffset ToldAt);

/// <summary>Reads and forgets gaps; they are written with the results of their batch.</summary>
internal sealed class GapBook(IDbContextFactory<ProbesContext> contexts)
{
    private const string Columns =
        """SELECT agent_id AS "AgentId", check_id AS "CheckId", reason AS "Reason", runs AS "Runs", from_us AS "FromUs", to_us AS "ToUs", told_us AS "ToldUs" FROM gaps""";

    /// <summary>Those that overlap the span, the latest first.</summary>
    /// <param name="checkId">Null: of all checks, known or not.</param>
    /// <param name="from">Inclusive.</param>
    /// <param name="to">Exclusive.</param>
    /// <param name="most">So many at most.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<StoredGap>> ReadAsync(int? checkId, DateTimeOffset from, DateTimeOffset to, int most, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = checkId is { } id
            ? await db.Database.SqlQueryRaw<Row>(Columns + " WHERE check_id = {3} AND to_us >= {0} AND from_us < {1} ORDER BY to_us DESC LIMIT {2}", Micros.Of(from), Micros.Of(to), most, id).ToListAsync(ct)
            : await db.Database.SqlQueryRaw<Row>(Columns + " WHERE to_us >= {0} AND from_us < {1} ORDER BY to_us DESC LIMIT {2}", Micros.Of(from), Micros.Of(to), most).ToListAsync(ct);
        return [.. rows.Select(r => new StoredGap(r.AgentId, r.CheckId, (GapReason)r.Reason, r.Runs, Micros.ToTime(r.FromUs), Micros.ToTime(r.ToUs), Micros.ToTime(r.ToldUs)))];
    }

    /// <summary>Removes those that ended before; returns how many.</summary>
    public async Task<int> ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlRawAsync("DELETE FROM gaps WHERE to_us < {0}", [Micros.Of(before)], ct);
    }

    /// <summary>In the words that people are told.</summary>
    public static string Words(GapReason reason) => reason switch
    {
        GapReason.SpoolFull => "spool full",
        GapReason.Expired => "too old for the spool",
        GapReason.Disk => "the disk did not take them",
        GapReason.Corrupt => "damaged on disk",
        _ => "refused here",
    };

    private sealed record Row(int AgentId, int? CheckId, short Reason, long Runs, long FromUs, long ToUs, long ToldUs);
}
