using Microsoft.Data.Sqlite;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>Stores groups of batches: ranges, rows and marks in one transaction.</summary>
internal sealed class SqliteIntake(SqliteDatabase database, TimeProvider time)
{
    internal const string Insert = """
        INSERT INTO results VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """;

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) =>
        database.WriteAsync(tx => Store(tx, batches), ct);

    private IReadOnlyList<StoreOutcome> Store(SqliteDatabase.Transaction tx, IReadOnlyList<ResolvedBatch> batches)
    {
        // 1. What was stored before of these spools.
        var ranges = batches.GroupBy(b => new Spool(b.AgentId, b.Epoch)).ToDictionary(
            g => g.Key,
            g => Load(tx, g.Key, g.Min(b => b.FirstSequence), g.Max(b => b.FirstSequence + b.Count)));

        // 2. What is new.
        var intake = new Intake(batches, ranges);

        // 3. Rows, marks and ranges.
        var insert = tx.Command(Insert, 21);
        foreach (var row in intake.Rows.OrderBy(r => r.DueMicros))
        {
            Bind(insert.Parameters, row);
            insert.ExecuteNonQuery();
        }

        foreach (var key in intake.Dirty)
        {
            tx.Execute(
                "INSERT OR IGNORE INTO dirty_minutes (minute, check_id, agent_id) VALUES ($0, $1, $2)", key.Minute, key.CheckId, key.AgentId);
        }

        var now = Micros.MinuteOf(Micros.Of(time.GetUtcNow()));
        foreach (var (agent, epoch, gap) in intake.Gaps)
        {
            tx.Execute(
                "INSERT INTO gaps (agent_id, epoch, sequence, check_id, reason, runs, from_us, to_us, told_us) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8)",
                agent, epoch, gap.Sequence, gap.CheckId is { } check ? check : DBNull.Value, (int)gap.Gap.Reason, gap.Gap.Count, Micros.Of(gap.Gap.From), Micros.Of(gap.Gap.To),
                Micros.Of(time.GetUtcNow()));
        }

        foreach (var late in LateResults.Of(intake.Rows, time.GetUtcNow()))
        {
            tx.Execute(
                "INSERT INTO late_results (check_id, minute, agent_id, results, last_us) VALUES ($0, $1, $2, $3, $4) " + LateResults.OnConflict,
                late.CheckId, late.Minute, late.AgentId, late.Results, Micros.Of(late.LastAt));
        }

        foreach (var (spool, known) in ranges)
        {
            Save(tx, spool, known, now);
        }

        return intake.Outcomes;
    }

    private static SequenceRanges Load(SqliteDatabase.Transaction tx, Spool spool, long first, long end)
    {
        const string Sql = """
            SELECT first_sequence, end_sequence FROM stored_ranges
            WHERE agent_id = $0 AND epoch = $1 AND first_sequence <= $2 AND end_sequence >= $3
            """;
        using var reader = tx.Query(Sql, spool.AgentId, spool.Epoch, end, first);
        var stored = new List<(long, long)>();
        while (reader.Read())
        {
            stored.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        return new SequenceRanges(stored);
    }

    private static void Save(SqliteDatabase.Transaction tx, Spool spool, SequenceRanges ranges, long now)
    {
        foreach (var first in ranges.Gone())
        {
            tx.Execute("DELETE FROM stored_ranges WHERE agent_id = $0 AND epoch = $1 AND first_sequence = $2", spool.AgentId, spool.Epoch, first);
        }

        foreach (var (first, end) in ranges.Changed())
        {
            tx.Execute("INSERT OR REPLACE INTO stored_ranges VALUES ($0, $1, $2, $3, $4)", spool.AgentId, spool.Epoch, first, end, now);
        }
    }

    internal static void Bind(SqliteParameterCollection p, in PendingRow row)
    {
        var result = row.Item.Result;
        var due = row.DueMicros;
        p[0].Value = Micros.MinuteOf(due);
        p[1].Value = row.Item.CheckId;
        p[2].Value = row.AgentId;
        p[3].Value = due;
        p[4].Value = row.Item.Sequence;
        p[5].Value = row.Epoch;
        p[6].Value = (int)result.Status;
        p[7].Value = (int)result.Source;
        p[8].Value = Micros.Of(result.Duration);
        p[9].Value = Phase(result.Phases.Dns);
        p[10].Value = Phase(result.Phases.Connect);
        p[11].Value = Phase(result.Phases.Tls);
        p[12].Value = Phase(result.Phases.Send);
        p[13].Value = Phase(result.Phases.Wait);
        p[14].Value = Phase(result.Phases.Transfer);
        p[15].Value = result.StatusCode;
        p[16].Value = Micros.Of(result.Late);
        p[17].Value = result.CheckRevision;
        p[18].Value = Attempts.Of(result);
        p[19].Value = result.Reason.Length == 0 ? DBNull.Value : result.Reason;
        p[20].Value = (object?)ResultDetail.Encode(result) ?? DBNull.Value;
    }

    private static object Phase(TimeSpan? time) => time is { } span ? Micros.Of(span) : DBNull.Value;
}
