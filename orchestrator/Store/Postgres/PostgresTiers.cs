using System.Data;
using Npgsql;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Hour and day rollups on PostgreSQL.</summary>
internal sealed class PostgresTiers(NpgsqlDataSource source) : ITierStore
{
    /// <summary>Those who write minutes share it; who seals waits for them, so that nobody is under way who has read the seal before.</summary>
    private static readonly string Share = $"SELECT {PostgresLocks.Awake}, pg_advisory_xact_lock_shared({PostgresLocks.Seal}, 0)";

    private const string MarkLate = "INSERT INTO tier_marks (tier, minute, check_id) SELECT 2, k.minute, k.check_id FROM unnest($1, $2) AS k (minute, check_id)";

    private const string Seal = """
        WITH old AS (SELECT CASE WHEN sealed > 0 THEN sealed ELSE (SELECT min(minute) FROM rollups) END AS first FROM tiers WHERE tier = 2)
        INSERT INTO tier_marks (tier, minute, check_id) SELECT 2, m, 0 FROM old, generate_series(old.first - old.first % 60, $1 - 60, 60) AS m
        """;

    public async Task<TierState> StateAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT tier, gone, built, sealed FROM tiers");
        await using var row = await command.ExecuteReaderAsync(ct);
        var spans = new TierSpan[4];
        while (await row.ReadAsync(ct))
        {
            spans[row.GetInt16(0)] = new TierSpan(row.GetInt32(1), row.GetInt32(2), row.GetInt32(3));
        }

        return new TierState(spans[0], spans[1], spans[2], spans[3]);
    }

    public async Task<IReadOnlyList<RollupKey>> ReadKeysAsync(long from, long to, CancellationToken ct)
    {
        await using var command = source.CreateCommand("""
            SELECT check_id, agent_id, minute FROM results WHERE minute >= $1 AND minute < $2
            UNION SELECT check_id, agent_id, minute FROM rollups WHERE minute >= $1 AND minute < $2
            """);
        command.Parameters.Add(new() { Value = (int)from });
        command.Parameters.Add(new() { Value = (int)to });
        await using var row = await command.ExecuteReaderAsync(ct);
        var keys = new List<RollupKey>();
        while (await row.ReadAsync(ct))
        {
            keys.Add(new RollupKey(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)));
        }

        return keys;
    }

    public async Task VisitAsync(Tier tier, int checkId, long from, long to, RollupVisitor visit, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"SELECT minute, agent_id, data FROM {Table(tier)} WHERE check_id = $1 AND minute >= $2 AND minute < $3 ORDER BY minute, agent_id");
        command.Parameters.Add(new() { Value = checkId });
        command.Parameters.Add(new() { Value = (int)from });
        command.Parameters.Add(new() { Value = (int)to });
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            visit(new RollupKey(checkId, row.GetInt32(1), row.GetInt32(0)), row.GetFieldValue<byte[]>(2));
        }
    }

    public async Task<IReadOnlyList<TierMark>> ReadMarksAsync(Tier tier, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT id, m.minute, check_id FROM tier_marks m JOIN tiers t ON t.tier = m.tier AND m.minute < t.sealed WHERE m.tier = $1 ORDER BY m.minute, id LIMIT $2");
        command.Parameters.Add(new() { Value = (short)tier });
        command.Parameters.Add(new() { Value = limit });
        await using var row = await command.ExecuteReaderAsync(ct);
        var marks = new List<TierMark>();
        while (await row.ReadAsync(ct))
        {
            marks.Add(new TierMark(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2)));
        }

        return marks;
    }

    public async Task<bool> WriteAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyList<RollupRow> rollups, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);
        await using (var unmark = new NpgsqlCommand("DELETE FROM tier_marks WHERE id = ANY ($1)", connection))
        {
            unmark.Parameters.Add(new() { Value = marks.Select(m => m.Id).ToArray() });
            if (await unmark.ExecuteNonQueryAsync(ct) < marks.Count)
            {
                return false;
            }
        }

        await using (var batch = new NpgsqlBatch(connection, tx))
        {
            foreach (var make in PostgresMonths.Ensure(Table(tier), rollups.Select(r => r.Key.Minute)))
            {
                batch.BatchCommands.Add(make);
            }

            batch.BatchCommands.Add(With(
                $"DELETE FROM {Table(tier)} d USING unnest($1, $2) AS k (minute, check_id) WHERE d.minute = k.minute AND d.check_id = k.check_id", marks));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"INSERT INTO {Table(tier)} (minute, check_id, agent_id, data) SELECT * FROM unnest($1, $2, $3, $4)")
            {
                Parameters =
                {
                    new() { Value = rollups.Select(r => (int)r.Key.Minute).ToArray() },
                    new() { Value = rollups.Select(r => r.Key.CheckId).ToArray() },
                    new() { Value = rollups.Select(r => r.Key.AgentId).ToArray() },
                    new() { Value = rollups.Select(r => RollupCodec.Encode(r.Rollup)).ToArray() },
                },
            });
            if (tier == Tier.Hour)
            {
                batch.BatchCommands.Add(With(
                    "INSERT INTO tier_marks (tier, minute, check_id) SELECT DISTINCT 3, k.minute - k.minute % 1440, k.check_id FROM unnest($1, $2) AS k (minute, check_id)", marks));
            }

            await batch.ExecuteNonQueryAsync(ct);
        }

        await tx.CommitAsync(ct);
        return true;
    }

    public Task ReplaceAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyCollection<int> checks, CancellationToken ct) => ExecuteAsync(
        """
        WITH gone AS (DELETE FROM tier_marks WHERE id = ANY ($1))
        INSERT INTO tier_marks (tier, minute, check_id) SELECT $2, m, c FROM unnest($3) AS m, unnest($4) AS c
        """,
        ct, marks.Select(m => m.Id).ToArray(), (short)tier, marks.Select(m => (int)m.Minute).Distinct().ToArray(), checks.ToArray());

    public Task MarkAsync(Tier tier, long from, long to, int checkId, CancellationToken ct) => ExecuteAsync(
        "INSERT INTO tier_marks (tier, minute, check_id) SELECT $1, m, $2 FROM generate_series($3, $4 - 1, $5) AS m",
        ct, (short)tier, checkId, (int)tier.Floor(from), (int)to, tier.Minutes());

    public async Task SealAsync(Tier tier, long before, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, tx);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {PostgresLocks.Awake}, pg_advisory_xact_lock({PostgresLocks.Seal}, 0)"));
        if (tier == Tier.Hour)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Seal) { Parameters = { new() { Value = (int)before } } });
        }

        batch.BatchCommands.Add(Set("sealed", tier, before));
        await batch.ExecuteNonQueryAsync(ct);
        await tx.CommitAsync(ct);
    }

    public Task SetBuiltAsync(Tier tier, long before, CancellationToken ct) => SetAsync("built", tier, before, ct);

    public Task SetGoneAsync(Tier tier, long before, CancellationToken ct) => SetAsync("gone", tier, before, ct);

    public Task<long> ExpireAsync(Tier tier, long before, CancellationToken ct) => PostgresMonths.ExpireAsync(source, Table(tier), before, ct);

    /// <summary>For whoever writes minute rollups, in his transaction: marks the sealed hours among these.</summary>
    public static async Task MarkLateAsync(NpgsqlConnection connection, IReadOnlyCollection<RollupKey> keys, CancellationToken ct)
    {
        var late = keys.Count == 0 ? [] : await LateAsync(connection, keys, ct);
        if (late.Count == 0)
        {
            return;
        }

        await using var mark = new NpgsqlCommand(MarkLate, connection)
        {
            Parameters = { new() { Value = late.Select(l => (int)l.Hour).ToArray() }, new() { Value = late.Select(l => l.CheckId).ToArray() } },
        };
        await mark.ExecuteNonQueryAsync(ct);
    }

    private static async Task<HashSet<(long Hour, int CheckId)>> LateAsync(NpgsqlConnection connection, IReadOnlyCollection<RollupKey> keys, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            // The seal is read by a statement of its own: one that has begun before the lock was had would see what was before it.
            BatchCommands = { new NpgsqlBatchCommand(Share), new NpgsqlBatchCommand("SELECT sealed FROM tiers WHERE tier = 2") },
        };
        await using var row = await batch.ExecuteReaderAsync(ct);
        await row.NextResultAsync(ct);
        var hours = new HashSet<(long, int)>();
        if (!await row.ReadAsync(ct))
        {
            return hours;
        }

        var seal = row.GetInt32(0);
        foreach (var key in keys)
        {
            if (key.Minute < seal)
            {
                hours.Add((Tier.Hour.Floor(key.Minute), key.CheckId));
            }
        }

        return hours;
    }

    private static string Table(Tier tier) => tier switch
    {
        Tier.Hour => "hour_rollups",
        Tier.Day => "day_rollups",
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "kept elsewhere"),
    };

    private static NpgsqlBatchCommand With(string sql, IReadOnlyList<TierMark> marks) => new(sql)
    {
        Parameters = { new() { Value = marks.Select(m => (int)m.Minute).ToArray() }, new() { Value = marks.Select(m => m.CheckId).ToArray() } },
    };

    private static NpgsqlBatchCommand Set(string what, Tier tier, long before) => new($"UPDATE tiers SET {what} = greatest({what}, $2) WHERE tier = $1")
    {
        Parameters = { new() { Value = (short)tier }, new() { Value = (int)before } },
    };

    private Task SetAsync(string what, Tier tier, long before, CancellationToken ct) =>
        ExecuteAsync($"UPDATE tiers SET {what} = greatest({what}, $2) WHERE tier = $1", ct, (short)tier, (int)before);

    private async Task ExecuteAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(ct);
    }
}
