using Npgsql;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Stores groups of batches: ranges, rows and marks in one transaction; what the rollups need of the rows stays in memory until they are written.</summary>
internal sealed class PostgresIntake(NpgsqlDataSource source, PostgresPartitions partitions, PendingRuns pending, TimeProvider time)
{
    public async Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) =>
        batches.Count == 0 ? [] : await partitions.WriteAsync(() => TryStoreAsync(batches, ct));

    private async Task<IReadOnlyList<StoreOutcome>> TryStoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        // 1. Partitions, in a transaction of their own.
        await partitions.EnsureAsync(batches.SelectMany(b => b.Items).Select(i => Micros.MinuteOf(Micros.Of(i.Result.Due))), ct);

        await using var connection = await source.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);

        // 2. Whoever stores for these agents, in whatever orchestrator, goes one after another; then what was stored before.
        var ranges = await LoadAsync(connection, batches, ct);

        // 3. What is new.
        var intake = new Intake(batches, ranges);
        var number = pending.NextTransaction();

        // 4. Rows, marks and ranges.
        var keys = intake.Rows.Select(r => r.Key).ToArray();
        if (keys.Length > 0)
        {
            await CopyRowsAsync(connection, intake, keys, ct);
            await MarkAsync(connection, number, keys, ct);
        }

        if (intake.Gaps.Count > 0)
        {
            await PostgresGaps.WriteAsync(connection, intake.Gaps, time.GetUtcNow(), ct);
        }

        var now = time.GetUtcNow();
        if (LateResults.Of(intake.Rows, now) is { Count: > 0 } late)
        {
            await PostgresLate.WriteAsync(connection, late, now, ct);
        }

        await PostgresRanges.SaveAsync(connection, ranges, Micros.MinuteOf(Micros.Of(now)), ct);
        await tx.CommitAsync(ct);

        // 5. Only what is committed may be added to rollups. When the commit's answer is lost its marks grow old, and the leader computes their minutes from what is stored.
        pending.Add(number, intake.Rows, keys);
        return intake.Outcomes;
    }

    private static async Task<Dictionary<Spool, SequenceRanges>> LoadAsync(
        NpgsqlConnection connection, IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        await using (var locks = new NpgsqlCommand($"SELECT pg_advisory_xact_lock($1, a), {PostgresLocks.Awake} FROM unnest($2) a", connection)
        {
            Parameters =
            {
                new() { Value = PostgresLocks.Agent },
                // Sorted, so that two who want the same agents cannot each hold what the other waits for.
                new() { Value = batches.Select(b => b.AgentId).Distinct().Order().ToArray() },
            },
        })
        {
            await locks.ExecuteNonQueryAsync(ct);
        }

        return await PostgresRanges.LoadAsync(connection, batches, ct);
    }

    private static async Task CopyRowsAsync(NpgsqlConnection connection, Intake intake, RollupKey[] keys, CancellationToken ct)
    {
        const string Sql = """
            COPY results (due_us, sequence, epoch, duration_us, dns_us, connect_us, tls_us, send_us, wait_us, transfer_us, late_us, revision,
                minute, check_id, agent_id, status_code, attempt, status, source, reason, detail) FROM STDIN (FORMAT binary)
            """;
        await using var stream = await connection.BeginRawBinaryCopyAsync(Sql, ct);
        var copy = new CopyBuffer(stream);
        copy.Header();
        foreach (var at in InOrder(keys))
        {
            PostgresRow.Write(copy, intake.Rows[at], keys[at]);
            await copy.FlushAsync(ct);
        }

        await copy.EndAsync(ct);
    }

    /// <summary>Places of the rows in the order of the table's index, which then grows page by page instead of everywhere.</summary>
    private static int[] InOrder(RollupKey[] keys)
    {
        var order = Enumerable.Range(0, keys.Length).ToArray();
        Array.Sort(Array.ConvertAll(keys, k => new UInt128((ulong)k.Minute, ((ulong)(uint)k.CheckId << 32) | (uint)k.AgentId)), order);
        return order;
    }

    private async Task MarkAsync(NpgsqlConnection connection, long number, RollupKey[] keys, CancellationToken ct)
    {
        var marks = keys.Select(k => (k.Minute, k.AgentId)).Distinct().ToList();
        await using var command = new NpgsqlCommand("INSERT INTO pending_marks (writer, tx, minute, agent_id) SELECT $1, $2, m, a FROM unnest($3, $4) AS k (m, a)", connection)
        {
            Parameters =
            {
                new() { Value = pending.Writer },
                new() { Value = number },
                new() { Value = marks.ConvertAll(m => (int)m.Minute).ToArray() },
                new() { Value = marks.ConvertAll(m => m.AgentId).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
