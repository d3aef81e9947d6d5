using Npgsql;
using NpgsqlTypes;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Writes gaps in the transaction of their batch.</summary>
internal static class PostgresGaps
{
    private const string Insert = """
        INSERT INTO gaps (agent_id, epoch, sequence, check_id, reason, runs, from_us, to_us, told_us)
        SELECT *, $9 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<PendingGap> gaps, DateTimeOffset now, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = gaps.Select(g => g.AgentId).ToArray() },
                new() { Value = gaps.Select(g => g.Epoch).ToArray() },
                new() { Value = gaps.Select(g => g.Item.Sequence).ToArray() },
                new() { Value = gaps.Select(g => g.Item.CheckId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
                new() { Value = gaps.Select(g => (short)g.Item.Gap.Reason).ToArray() },
                new() { Value = gaps.Select(g => g.Item.Gap.Count).ToArray() },
                new() { Value = gaps.Select(g => Micros.Of(g.Item.Gap.From)).ToArray() },
                new() { Value = gaps.Select(g => Micros.Of(g.Item.Gap.To)).ToArray() },
                new() { Value = Micros.Of(now) },
            },
        };
        await insert.ExecuteNonQueryAsync(ct);
    }
}
