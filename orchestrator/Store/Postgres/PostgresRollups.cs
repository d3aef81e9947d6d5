using System.Buffers;
using System.Data;
using Npgsql;
using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Dirty minutes and rollups. What is computed anew is computed of one snapshot: a mark that is seen there belongs to rows that are seen, and is taken away; one that is not belongs to rows
/// that are not, and stays, so that they are added later. Most marks are pending ones (<c>PendingTables</c>); those of dirty_marks were left by versions before 0.3.
/// </summary>
internal sealed class PostgresRollups(NpgsqlDataSource source, PostgresPartitions partitions)
{
    // Keys of one minute's data come marked many times over; look at more marks than keys are wanted.
    private const string Dirty = """
        SELECT check_id, agent_id, minute FROM (SELECT * FROM dirty_marks ORDER BY id LIMIT $2) marks GROUP BY check_id, agent_id, minute
        UNION
        SELECT r.check_id, r.agent_id, r.minute
        FROM (SELECT DISTINCT minute, agent_id FROM pending_marks WHERE at <= clock_timestamp() - $3 LIMIT $1) m JOIN results r ON r.minute = m.minute AND r.agent_id = m.agent_id
        LIMIT $1
        """;

    private const string TakePending = """
        DELETE FROM pending_marks d USING (SELECT DISTINCT m, a FROM unnest($1, $2) AS u (m, a)) AS k WHERE d.minute = k.m AND d.agent_id = k.a RETURNING d.minute, d.agent_id
        """;

    // A pending mark stands for all checks of its agent and minute.
    private const string Beside = """
        SELECT DISTINCT r.check_id, r.agent_id, r.minute FROM unnest($1, $2) AS k (minute, agent_id)
        JOIN results r ON r.minute = k.minute AND r.agent_id = k.agent_id WHERE r.minute BETWEEN $3 AND $4
        """;

    private const string Unmark = """
        DELETE FROM dirty_marks d USING unnest($1, $2, $3) AS k (minute, check_id, agent_id)
        WHERE d.minute = k.minute AND d.check_id = k.check_id AND d.agent_id = k.agent_id
        """;

    private const string Clear = """
        DELETE FROM rollups d USING unnest($1, $2, $3) AS k (minute, check_id, agent_id)
        WHERE d.minute = k.minute AND d.check_id = k.check_id AND d.agent_id = k.agent_id
        """;

    private const string Runs = """
        SELECT r.check_id, r.agent_id, r.minute, r.status, r.source, r.duration_us,
            r.dns_us, r.connect_us, r.tls_us, r.send_us, r.wait_us, r.transfer_us, r.late_us, r.attempt
        FROM unnest($1, $2, $3) AS k (minute, check_id, agent_id)
        JOIN results r ON r.minute = k.minute AND r.check_id = k.check_id AND r.agent_id = k.agent_id
        WHERE r.minute BETWEEN $4 AND $5
        """;

    public async Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, TimeSpan age, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Dirty);
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = limit * 4L });
        command.Parameters.Add(new() { Value = age });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<RollupKey>();
        while (await reader.ReadAsync(ct))
        {
            keys.Add(new RollupKey(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2)));
        }

        return keys;
    }

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) =>
        keys.Count == 0 ? Task.CompletedTask : partitions.WriteAsync(() => TryRollUpAsync(keys, ct));

    /// <param name="check">Null for all checks.</param>
    public async Task VisitAsync(int? check, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT check_id, minute, agent_id, data FROM rollups WHERE minute >= $1 AND minute < $2"
            + (check is null ? "" : " AND check_id = $3 ORDER BY minute, agent_id"));
        command.Parameters.Add(new() { Value = (int)Micros.CeilingMinute(from) });
        command.Parameters.Add(new() { Value = (int)Micros.CeilingMinute(to) });
        if (check is { } id)
        {
            command.Parameters.Add(new() { Value = id });
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        var buffer = new byte[4096];
        while (await reader.ReadAsync(ct))
        {
            var length = (int)reader.GetBytes(3, 0, null, 0, 0);
            if (length > buffer.Length)
            {
                buffer = new byte[length];
            }

            reader.GetBytes(3, 0, buffer, 0, length);
            visit(new RollupKey(reader.GetInt32(0), reader.GetInt32(2), reader.GetInt32(1)), buffer.AsSpan(0, length));
        }
    }

    private async Task<int> TryRollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct)
    {
        await partitions.EnsureAsync(keys.Select(k => k.Minute), ct);
        await using var connection = await source.OpenConnectionAsync(ct);
        try
        {
            // 1. One at a time, and no seal of hours meanwhile: held before the snapshot is taken, as what they protect must be seen in it.
            await using (var locks = new NpgsqlCommand(
                $"SELECT pg_advisory_lock({PostgresLocks.RollUp}, 0), pg_advisory_lock_shared({PostgresLocks.Seal}, 0)", connection))
            {
                await locks.ExecuteNonQueryAsync(ct);
            }

            return await ComputeAsync(connection, keys, ct);
        }
        finally
        {
            if (connection.State == ConnectionState.Open)
            {
                await using var free = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection);
                await free.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<int> ComputeAsync(NpgsqlConnection connection, IReadOnlyList<RollupKey> keys, CancellationToken ct)
    {
        await using var tx = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await using (var awake = new NpgsqlCommand($"SELECT {PostgresLocks.Awake}", connection))
        {
            await awake.ExecuteNonQueryAsync(ct);
        }

        // 2. Marks, and what else they stand for.
        var beside = await BesideAsync(connection, keys, ct);
        var sorted = keys.Concat(beside).Distinct().OrderBy(k => k.Minute).ThenBy(k => k.CheckId).ThenBy(k => k.AgentId).ToList();
        await using (var batch = new NpgsqlBatch(connection))
        {
            // With no statistics of a young partition the planner would rather scan it whole than look up its keys.
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL enable_hashjoin = off"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL enable_mergejoin = off"));
            batch.BatchCommands.Add(WithKeys(Unmark, sorted));
            batch.BatchCommands.Add(WithKeys(Clear, sorted));
            await batch.ExecuteNonQueryAsync(ct);
        }

        await PostgresTiers.MarkLateAsync(connection, sorted, ct);

        // 3. The rollups of their runs, in place of what was there.
        var rollups = await BuildAsync(connection, sorted, ct);
        await CopyAsync(connection, rollups.Keys, (key, bytes, scratch) => RollupCodec.Write(rollups[key], bytes, scratch), ct);
        await tx.CommitAsync(ct);
        return rollups.Count;
    }

    private static async Task<List<RollupKey>> BesideAsync(NpgsqlConnection connection, IReadOnlyList<RollupKey> keys, CancellationToken ct)
    {
        var marked = new HashSet<(int Minute, int Agent)>();
        await using (var take = new NpgsqlCommand(TakePending, connection)
        {
            Parameters = { new() { Value = keys.Select(k => (int)k.Minute).ToArray() }, new() { Value = keys.Select(k => k.AgentId).ToArray() } },
        })
        {
            await using var mark = await take.ExecuteReaderAsync(ct);
            while (await mark.ReadAsync(ct))
            {
                marked.Add((mark.GetInt32(0), mark.GetInt32(1)));
            }
        }

        var beside = new List<RollupKey>();
        if (marked.Count == 0)
        {
            return beside;
        }

        await using var command = new NpgsqlCommand(Beside, connection)
        {
            Parameters =
            {
                new() { Value = marked.Select(m => m.Minute).ToArray() },
                new() { Value = marked.Select(m => m.Agent).ToArray() },
                new() { Value = marked.Min(m => m.Minute) },
                new() { Value = marked.Max(m => m.Minute) },
            },
        };
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            beside.Add(new RollupKey(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)));
        }

        return beside;
    }

    private static async Task<Dictionary<RollupKey, Rollup>> BuildAsync(NpgsqlConnection connection, List<RollupKey> keys, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        var command = WithKeys(Runs, keys);
        command.Parameters.Add(new() { Value = (int)keys[0].Minute });
        command.Parameters.Add(new() { Value = (int)keys[^1].Minute });
        batch.BatchCommands.Add(command);
        await using var row = await batch.ExecuteReaderAsync(ct);
        var rollups = new Dictionary<RollupKey, Rollup>(keys.Count);
        while (await row.ReadAsync(ct))
        {
            var key = new RollupKey(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2));
            if (!rollups.TryGetValue(key, out var rollup))
            {
                rollups.Add(key, rollup = new Rollup());
            }

            RollupBuilder.Add(rollup, new StoredRun(
                (RunStatus)row.GetInt16(3), (FailureSource)row.GetInt16(4), row.GetInt64(5),
                Phase(row, 6), Phase(row, 7), Phase(row, 8), Phase(row, 9), Phase(row, 10), Phase(row, 11), row.GetInt64(12), row.GetInt32(13)));
        }

        return rollups;
    }

    /// <param name="write">Appends a key's rollup to the first, and may use the second.</param>
    internal static async Task CopyAsync(
        NpgsqlConnection connection, IEnumerable<RollupKey> keys, Action<RollupKey, ArrayBufferWriter<byte>, ArrayBufferWriter<byte>> write, CancellationToken ct)
    {
        const string Sql = "COPY rollups (minute, check_id, agent_id, data) FROM STDIN (FORMAT binary)";
        await using var stream = await connection.BeginRawBinaryCopyAsync(Sql, ct);
        var copy = new CopyBuffer(stream);
        var bytes = new ArrayBufferWriter<byte>(256);
        var scratch = new ArrayBufferWriter<byte>(256);
        copy.Header();
        foreach (var key in keys)
        {
            bytes.ResetWrittenCount();
            write(key, bytes, scratch);
            copy.Row(4);
            copy.Int((int)key.Minute);
            copy.Int(key.CheckId);
            copy.Int(key.AgentId);
            copy.Bytes(bytes.WrittenSpan);
            await copy.FlushAsync(ct);
        }

        await copy.EndAsync(ct);
    }

    private static NpgsqlBatchCommand WithKeys(string sql, List<RollupKey> keys) => new(sql)
    {
        Parameters =
        {
            new() { Value = keys.ConvertAll(k => (int)k.Minute).ToArray() },
            new() { Value = keys.ConvertAll(k => k.CheckId).ToArray() },
            new() { Value = keys.ConvertAll(k => k.AgentId).ToArray() },
        },
    };

    private static long Phase(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? -1 : row.GetInt64(column);
}
