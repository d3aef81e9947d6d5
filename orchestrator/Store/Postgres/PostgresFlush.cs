using System.Runtime.InteropServices;
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

        var chains = new Chains(runs, await MarksAsync(connection, runs, ct));
        var keys = chains.Keys;
        await PostgresTiers.MarkLateAsync(connection, keys, ct);

        // 2. Their rollups: what was there, and what is new.
        foreach (var some in keys.Chunk(KeysAtOnce))
        {
            var there = await TakeAsync(connection, some, ct);
            await PostgresRollups.CopyAsync(connection, some.Select(k => (k, chains.Build(k, there.GetValueOrDefault(k)))), ct);
        }

        await tx.CommitAsync(ct);
        return keys;
    }

    private async Task<HashSet<(long, RollupKey)>> MarksAsync(NpgsqlConnection connection, Dictionary<long, PendingRun[]> runs, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TakeMarks, connection) { Parameters = { new() { Value = pending.Writer }, new() { Value = runs.Keys.ToArray() } } };
        await using var row = await command.ExecuteReaderAsync(ct);
        var marks = new HashSet<(long, RollupKey)>();
        while (await row.ReadAsync(ct))
        {
            marks.Add((row.GetInt64(0), new RollupKey(0, row.GetInt32(2), row.GetInt32(1))));
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

    /// <summary>Runs by key, without an object for each key: the last run of each, and of each run the one before.</summary>
    private sealed class Chains
    {
        private readonly Dictionary<RollupKey, int> _last = [];
        private readonly List<(PendingRun Run, int Before)> _runs = [];

        public Chains(Dictionary<long, PendingRun[]> runs, HashSet<(long, RollupKey)> marks)
        {
            foreach (var (number, some) in runs)
            {
                foreach (var run in some)
                {
                    if (!marks.Contains((number, run.Key with { CheckId = 0 })))
                    {
                        continue;
                    }

                    ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, run.Key, out var known);
                    _runs.Add((run, known ? last : -1));
                    last = _runs.Count - 1;
                }
            }

            Keys = [.. _last.Keys.OrderBy(k => k.CheckId).ThenBy(k => k.Minute).ThenBy(k => k.AgentId)];
        }

        /// <summary>In the order of the table's key.</summary>
        public IReadOnlyList<RollupKey> Keys { get; }

        public Rollup Build(RollupKey key, Rollup? there)
        {
            var rollup = there ?? new Rollup();
            for (var at = _last[key]; at >= 0; at = _runs[at].Before)
            {
                RollupBuilder.Add(rollup, _runs[at].Run.Run);
            }

            return rollup;
        }
    }
}
