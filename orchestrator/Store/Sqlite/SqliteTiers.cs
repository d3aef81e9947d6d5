using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>Hour and day rollups on SQLite, where writers come one after another and no lock is needed.</summary>
internal sealed class SqliteTiers(SqliteDatabase database) : ITierStore
{
    /// <summary>Rows deleted in one transaction, so that writers wait for milliseconds only.</summary>
    private const int ExpireChunk = 20_000;

    private const string Mark = "INSERT INTO tier_marks (tier, minute, check_id) VALUES ($0, $1, $2)";

    // A jump from check to check, as minutes are clustered by check.
    private const string FirstMinute = """
        WITH RECURSIVE ids (id) AS (
            SELECT min(check_id) FROM rollups
            UNION ALL SELECT (SELECT min(check_id) FROM rollups WHERE check_id > ids.id) FROM ids WHERE ids.id IS NOT NULL)
        SELECT min((SELECT min(minute) FROM rollups r WHERE r.check_id = ids.id)) FROM ids
        """;

    private const string Keys = """
        WITH RECURSIVE ids (id) AS (
            SELECT min(check_id) FROM rollups
            UNION ALL SELECT (SELECT min(check_id) FROM rollups WHERE check_id > ids.id) FROM ids WHERE ids.id IS NOT NULL)
        SELECT check_id, agent_id, minute FROM results WHERE minute >= $0 AND minute < $1
        UNION SELECT r.check_id, r.agent_id, r.minute FROM ids CROSS JOIN rollups r WHERE r.check_id = ids.id AND r.minute >= $0 AND r.minute < $1
        """;

    public Task<TierState> StateAsync(CancellationToken ct) => database.ReadAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT tier, gone, built, sealed FROM tiers";
            using var row = command.ExecuteReader();
            var spans = new TierSpan[4];
            while (row.Read())
            {
                spans[row.GetInt32(0)] = new TierSpan(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
            }

            return new TierState(spans[0], spans[1], spans[2], spans[3]);
        },
        ct);

    public Task<IReadOnlyList<RollupKey>> ReadKeysAsync(long from, long to, CancellationToken ct) => database.ReadAsync<IReadOnlyList<RollupKey>>(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = Keys;
            command.Parameters.AddWithValue("$0", from);
            command.Parameters.AddWithValue("$1", to);
            using var row = command.ExecuteReader();
            var keys = new List<RollupKey>();
            while (row.Read())
            {
                keys.Add(new RollupKey(row.GetInt32(0), row.GetInt32(1), row.GetInt64(2)));
            }

            return keys;
        },
        ct);

    public Task VisitAsync(Tier tier, int checkId, long from, long to, RollupVisitor visit, CancellationToken ct) => database.ReadAsync(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT minute, agent_id, data FROM {Table(tier)} WHERE check_id = $0 AND minute >= $1 AND minute < $2 ORDER BY minute, agent_id";
            command.Parameters.AddWithValue("$0", checkId);
            command.Parameters.AddWithValue("$1", from);
            command.Parameters.AddWithValue("$2", to);
            using var row = command.ExecuteReader();
            var count = 0;
            while (row.Read())
            {
                visit(new RollupKey(checkId, row.GetInt32(1), row.GetInt64(0)), row.GetFieldValue<byte[]>(2));
                if ((++count & 1023) == 0)
                {
                    ct.ThrowIfCancellationRequested();
                }
            }

            return count;
        },
        ct);

    public Task<IReadOnlyList<TierMark>> ReadMarksAsync(Tier tier, int limit, CancellationToken ct) => database.ReadAsync<IReadOnlyList<TierMark>>(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText =
                "SELECT id, minute, check_id FROM tier_marks WHERE tier = $0 AND minute < (SELECT sealed FROM tiers WHERE tier = $0) ORDER BY minute, id LIMIT $1";
            command.Parameters.AddWithValue("$0", (int)tier);
            command.Parameters.AddWithValue("$1", limit);
            using var row = command.ExecuteReader();
            var marks = new List<TierMark>();
            while (row.Read())
            {
                marks.Add(new TierMark(row.GetInt64(0), row.GetInt64(1), row.GetInt32(2)));
            }

            return marks;
        },
        ct);

    public async Task<bool> WriteAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyList<RollupRow> rollups, CancellationToken ct)
    {
        var bytes = rollups.Select(r => RollupCodec.Encode(r.Rollup)).ToList();
        return await database.WriteAsync(
            tx =>
            {
                if (marks.Any(m => Read(tx, "SELECT id FROM tier_marks WHERE id = $0", m.Id) is null))
                {
                    return false;
                }

                foreach (var mark in marks)
                {
                    tx.Execute("DELETE FROM tier_marks WHERE id = $0", mark.Id);
                    tx.Execute($"DELETE FROM {Table(tier)} WHERE check_id = $0 AND minute = $1", mark.CheckId, mark.Minute);
                }

                for (var i = 0; i < rollups.Count; i++)
                {
                    var key = rollups[i].Key;
                    tx.Execute($"INSERT INTO {Table(tier)} VALUES ($0, $1, $2, $3)", key.CheckId, key.Minute, key.AgentId, bytes[i]);
                }

                if (tier == Tier.Hour)
                {
                    foreach (var (day, check) in marks.Select(m => (Tier.Day.Floor(m.Minute), m.CheckId)).Distinct())
                    {
                        tx.Execute(Mark, (int)Tier.Day, day, check);
                    }
                }

                return true;
            },
            ct);
    }

    public Task ReplaceAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyCollection<int> checks, CancellationToken ct) => database.WriteAsync(
        tx =>
        {
            foreach (var mark in marks)
            {
                tx.Execute("DELETE FROM tier_marks WHERE id = $0", mark.Id);
            }

            foreach (var minute in marks.Select(m => m.Minute).Distinct())
            {
                foreach (var check in checks)
                {
                    tx.Execute(Mark, (int)tier, minute, check);
                }
            }

            return true;
        },
        ct);

    public Task MarkAsync(Tier tier, long from, long to, int checkId, CancellationToken ct) => database.WriteAsync(tx => MarkAll(tx, tier, from, to, checkId), ct);

    public Task SealAsync(Tier tier, long before, CancellationToken ct) => database.WriteAsync(
        tx =>
        {
            if (tier == Tier.Hour)
            {
                var first = Read(tx, "SELECT sealed FROM tiers WHERE tier = 2") is { } last and > 0 ? last : Read(tx, FirstMinute);
                if (first is { } from)
                {
                    MarkAll(tx, tier, from, before, TierMark.EveryCheck);
                }
            }

            return Set(tx, "sealed", tier, before);
        },
        ct);

    public Task SetBuiltAsync(Tier tier, long before, CancellationToken ct) => database.WriteAsync(tx => Set(tx, "built", tier, before), ct);

    public Task SetGoneAsync(Tier tier, long before, CancellationToken ct) => database.WriteAsync(tx => Set(tx, "gone", tier, before), ct);

    public async Task<long> ExpireAsync(Tier tier, long before, CancellationToken ct)
    {
        long gone = 0;
        int deleted;
        do
        {
            deleted = await database.WriteAsync(
                tx => tx.Execute(
                    $"DELETE FROM {Table(tier)} WHERE (check_id, minute, agent_id) IN (SELECT check_id, minute, agent_id FROM {Table(tier)} WHERE minute < $0 LIMIT $1)",
                    before, ExpireChunk),
                ct);
            gone += deleted;
        }
        while (deleted == ExpireChunk);
        return gone;
    }

    /// <summary>For whoever writes minute rollups, in his transaction: marks the sealed hours among these.</summary>
    public static void MarkLate(SqliteDatabase.Transaction tx, IEnumerable<RollupKey> keys)
    {
        var end = Read(tx, "SELECT sealed FROM tiers WHERE tier = 2") ?? 0;
        foreach (var (hour, check) in keys.Where(k => k.Minute < end).Select(k => (Tier.Hour.Floor(k.Minute), k.CheckId)).Distinct())
        {
            tx.Execute(Mark, (int)Tier.Hour, hour, check);
        }
    }

    private static bool MarkAll(SqliteDatabase.Transaction tx, Tier tier, long from, long to, int checkId)
    {
        for (var minute = tier.Floor(from); minute < to; minute += tier.Minutes())
        {
            tx.Execute(Mark, (int)tier, minute, checkId);
        }

        return true;
    }

    private static bool Set(SqliteDatabase.Transaction tx, string what, Tier tier, long before) =>
        tx.Execute($"UPDATE tiers SET {what} = max({what}, $1) WHERE tier = $0", (int)tier, before) == 1;

    private static long? Read(SqliteDatabase.Transaction tx, string sql, params ReadOnlySpan<object> values)
    {
        using var row = tx.Query(sql, values);
        return row.Read() && !row.IsDBNull(0) ? row.GetInt64(0) : null;
    }

    private static string Table(Tier tier) => tier switch
    {
        Tier.Hour => "hour_rollups",
        Tier.Day => "day_rollups",
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "kept elsewhere"),
    };
}
