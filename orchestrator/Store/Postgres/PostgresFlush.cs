using Npgsql;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Adds what this process has stored to the rollups, without reading results again. In one transaction: marks are taken, what they stand for is merged into the rollups there are. A mark
/// that is gone says that its minute was computed anew meanwhile, this process's results included; they are dropped then, so nothing is counted twice.
/// </summary>
internal sealed class PostgresFlush(NpgsqlDataSource source, PostgresPartitions partitions, PendingRuns pending)
{
    private const int KeysAtOnce = 10_000;

    private const string TakeMarks = "DELETE FROM pending_marks WHERE writer = $1 AND tx = ANY ($2) RETURNING tx, minute, agent_id";

    private const string TakeRollups = """
        DELETE FROM rollups d USING unnest($1, $2, $3) AS k (minute, check_id, agent_id)
        WHERE d.minute = k.minute AND d.check_id = k.check_id AND d.agent_id = k.agent_id RETURNING d.check_id, d.agent_id, d.minute, d.data
        """;

    private readonly RecentRollups _recent = new();

    /// <summary>The keys whose rollups changed.</summary>
    public async Task<IReadOnlyCollection<RollupKey>> FlushAsync(CancellationToken ct)
    {
        var runs = pending.Take();
        if (runs.Count == 0)
        {
            return [];
        }

        try
        {
            return await partitions.WriteAsync(() => WriteAsync(runs, ct));
        }
        catch
        {
            pending.PutBack(runs);
            throw;
        }
    }

    private async Task<IReadOnlyCollection<RollupKey>> WriteAsync(Dictionary<long, PendingRun[]> runs, CancellationToken ct)
    {
        await partitions.EnsureAsync(runs.Values.SelectMany(r => r).Select(r => r.Key.Minute), ct);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);

        // 1. One at a time, of all orchestrators; then the marks.
        await using (var first = new NpgsqlBatch(connection))
        {
            first.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {PostgresLocks.Awake}, pg_advisory_xact_lock({PostgresLocks.RollUp}, 0)"));
            first.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL enable_hashjoin = off"));
            first.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL enable_mergejoin = off"));
            await first.ExecuteNonQueryAsync(ct);
        }

        var chains = new PendingChains(runs, await MarksAsync(connection, runs, ct));
        await PostgresTiers.MarkLateAsync(connection, chains.Keys, ct);

        // 2. Rollups of keys that are taken for new are written as they are; where one was there after all, nothing is, and all go the other way.
        var (fresh, known) = _recent.Part(chains.Keys);
        if (fresh.Count > 0 && !await TryCopyAsync(connection, tx, fresh, chains, ct))
        {
            _recent.Wrong();
            known = [.. chains.Keys];
        }

        // 3. The others: what was there, and what is new.
        foreach (var some in known.Chunk(KeysAtOnce))
        {
            await CopyAsync(connection, some, chains, await TakeAsync(connection, some, ct), ct);
        }

        await tx.CommitAsync(ct);
        _recent.Written(chains.Keys);
        return chains.Keys;
    }

    /// <summary>False: one of them was there, and nothing was written.</summary>
    private static async Task<bool> TryCopyAsync(NpgsqlConnection connection, NpgsqlTransaction tx, List<RollupKey> keys, PendingChains chains, CancellationToken ct)
    {
        const string Before = "fresh";
        await tx.SaveAsync(Before, ct);
        try
        {
            await CopyAsync(connection, keys, chains, null, ct);
            await tx.ReleaseAsync(Before, ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await tx.RollbackAsync(Before, ct);
            return false;
        }
    }

    private static Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<RollupKey> keys, PendingChains chains, Dictionary<RollupKey, Rollup>? there, CancellationToken ct) =>
        PostgresRollups.CopyAsync(connection, keys, (key, bytes, scratch) => chains.Write(key, there?.GetValueOrDefault(key), bytes, scratch), ct);

    private async Task<Dictionary<long, HashSet<(long, int)>>> MarksAsync(NpgsqlConnection connection, Dictionary<long, PendingRun[]> runs, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TakeMarks, connection) { Parameters = { new() { Value = pending.Writer }, new() { Value = runs.Keys.ToArray() } } };
        await using var row = await command.ExecuteReaderAsync(ct);
        var marks = new Dictionary<long, HashSet<(long, int)>>();
        while (await row.ReadAsync(ct))
        {
            var number = row.GetInt64(0);
            if (!marks.TryGetValue(number, out var some))
            {
                marks.Add(number, some = []);
            }

            some.Add((row.GetInt32(1), row.GetInt32(2)));
        }

        return marks;
    }

    private static async Task<Dictionary<RollupKey, Rollup>> TakeAsync(NpgsqlConnection connection, RollupKey[] keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TakeRollups, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(keys, k => (int)k.Minute) },
                new() { Value = Array.ConvertAll(keys, k => k.CheckId) },
                new() { Value = Array.ConvertAll(keys, k => k.AgentId) },
            },
        };
        await using var row = await command.ExecuteReaderAsync(ct);
        var there = new Dictionary<RollupKey, Rollup>();
        while (await row.ReadAsync(ct))
        {
            there.Add(new RollupKey(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), RollupCodec.Decode(row.GetFieldValue<byte[]>(3)));
        }

        return there;
    }
}
