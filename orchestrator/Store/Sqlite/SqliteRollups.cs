using System.Buffers;
using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;
using SQLitePCL;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>Dirty minutes and rollups.</summary>
internal sealed class SqliteRollups(SqliteDatabase database)
{
    private const string Runs = """
        SELECT status, source, duration_us, dns_us, connect_us, tls_us, send_us, wait_us, transfer_us, late_us, attempt
        FROM results WHERE minute = $0 AND check_id = $1 AND agent_id = $2
        """;

    // A jump from check to check: the clustered key answers each with one seek, so no second index has to be kept.
    private const string AllChecks = """
        WITH RECURSIVE ids (id) AS (
            SELECT min(check_id) FROM rollups
            UNION ALL SELECT (SELECT min(check_id) FROM rollups WHERE check_id > ids.id) FROM ids WHERE ids.id IS NOT NULL)
        SELECT r.check_id, r.minute, r.agent_id, r.data FROM ids CROSS JOIN rollups r
        WHERE r.check_id = ids.id AND r.minute >= $0 AND r.minute < $1
        """;

    private const string OneCheck = """
        SELECT check_id, minute, agent_id, data FROM rollups WHERE minute >= $0 AND minute < $1 AND check_id = $2 ORDER BY minute, agent_id
        """;

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => database.ReadAsync<IReadOnlyList<RollupKey>>(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT check_id, agent_id, minute FROM dirty_minutes ORDER BY id LIMIT $0";
            command.Parameters.AddWithValue("$0", limit);
            using var reader = command.ExecuteReader();
            var keys = new List<RollupKey>();
            while (reader.Read())
            {
                keys.Add(new RollupKey(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2)));
            }

            return keys;
        },
        ct);

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => database.WriteAsync(
        tx =>
        {
            var bytes = new ArrayBufferWriter<byte>(256);
            var scratch = new ArrayBufferWriter<byte>(256);

            SqliteTiers.MarkLate(tx, keys);

            // In the order of the results' key, so that neighbours are read from pages already at hand.
            foreach (var key in keys.OrderBy(k => k.Minute).ThenBy(k => k.CheckId).ThenBy(k => k.AgentId))
            {
                tx.Execute("DELETE FROM dirty_minutes WHERE minute = $0 AND check_id = $1 AND agent_id = $2", key.Minute, key.CheckId, key.AgentId);
                if (Build(tx, key) is { } rollup)
                {
                    bytes.ResetWrittenCount();
                    RollupCodec.Write(rollup, bytes, scratch);
                    tx.Execute(
                        "INSERT OR REPLACE INTO rollups VALUES ($0, $1, $2, $3)", key.CheckId, key.Minute, key.AgentId, bytes.WrittenSpan.ToArray());
                }
                else
                {
                    tx.Execute("DELETE FROM rollups WHERE check_id = $0 AND minute = $1 AND agent_id = $2", key.CheckId, key.Minute, key.AgentId);
                }
            }

            return keys.Count;
        },
        ct);

    /// <param name="check">Null for all checks, which come check by check.</param>
    public Task VisitAsync(int? check, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) => database.ReadAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = check is null ? AllChecks : OneCheck;
            command.Parameters.AddWithValue("$0", Micros.CeilingMinute(from));
            command.Parameters.AddWithValue("$1", Micros.CeilingMinute(to));
            if (check is { } id)
            {
                command.Parameters.AddWithValue("$2", id);
            }

            using var reader = command.ExecuteReader();
            var row = reader.Handle!;
            var count = 0;
            while (reader.Read())
            {
                // Straight from SQLite's page: no array for each of some ten thousand rows.
                var key = new RollupKey(raw.sqlite3_column_int(row, 0), raw.sqlite3_column_int(row, 2), raw.sqlite3_column_int64(row, 1));
                visit(key, raw.sqlite3_column_blob(row, 3));
                if ((++count & 1023) == 0)
                {
                    ct.ThrowIfCancellationRequested();
                }
            }

            return count;
        },
        ct);

    private static Rollup? Build(SqliteDatabase.Transaction tx, RollupKey key)
    {
        using var reader = tx.Query(Runs, key.Minute, key.CheckId, key.AgentId);
        var row = reader.Handle!;
        Rollup? rollup = null;
        while (reader.Read())
        {
            rollup ??= new Rollup();
            RollupBuilder.Add(rollup, new StoredRun(
                (RunStatus)raw.sqlite3_column_int(row, 0), (FailureSource)raw.sqlite3_column_int(row, 1), raw.sqlite3_column_int64(row, 2),
                Phase(row, 3), Phase(row, 4), Phase(row, 5), Phase(row, 6), Phase(row, 7), Phase(row, 8),
                raw.sqlite3_column_int64(row, 9), raw.sqlite3_column_int(row, 10)));
        }

        return rollup;
    }

    private static long Phase(sqlite3_stmt row, int column) =>
        raw.sqlite3_column_type(row, column) == raw.SQLITE_NULL ? -1 : raw.sqlite3_column_int64(row, column);
}
