using Npgsql;
using NpgsqlTypes;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Reads the newest results of many pairs of check and agent: one look into the index for each.</summary>
internal sealed class PostgresNewest(NpgsqlDataSource source)
{
    private const string Sql = $"""
        SELECT {PostgresResults.Columns} FROM unnest($2, $3, $4) AS p (check_id, agent_id, after_us)
        CROSS JOIN LATERAL (
            SELECT * FROM results n WHERE n.minute = $1 AND n.check_id = p.check_id AND n.agent_id = p.agent_id AND n.due_us > p.after_us
            ORDER BY n.due_us DESC LIMIT $5) r
        LEFT JOIN checks c ON c.id = r.check_id
        """;

    public async Task VisitAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Sql);
        var p = command.Parameters;
        p.Add(new() { Value = (int)Micros.MinuteOf(Micros.Of(minute)) });
        p.Add(new() { Value = pairs.Select(x => x.CheckId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        p.Add(new() { Value = pairs.Select(x => x.AgentId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        p.Add(new() { Value = pairs.Select(x => Micros.Of(x.After)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        p.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            visit(ResultReader.Read(reader).Result);
        }
    }
}
