using Npgsql;
using NpgsqlTypes;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Reads stored results by page.</summary>
internal sealed class PostgresResults(NpgsqlDataSource source)
{
    internal const string Columns = """
        r.due_us, r.check_id, r.agent_id, r.sequence, r.epoch, r.status, r.source, r.duration_us,
        r.dns_us, r.connect_us, r.tls_us, r.send_us, r.wait_us, r.transfer_us,
        r.status_code, r.late_us, r.revision, r.attempt, r.reason, r.detail, coalesce(c.name, '')
        """;

    private const string Rest = """
         LEFT JOIN checks c ON c.id = r.check_id
        WHERE r.minute BETWEEN $1 AND $2 AND r.due_us >= $3 AND r.due_us < $4 AND ($5 IS NULL OR r.agent_id = ANY ($5))
          AND (r.due_us, r.check_id, r.agent_id, r.sequence, r.epoch) < ($6, $7, $8, $9, $10)
        ORDER BY r.due_us DESC, r.check_id DESC, r.agent_id DESC, r.sequence DESC, r.epoch DESC LIMIT $11
        """;

    // With a check: one look into the index per minute, as it begins with minute and check. Without: the whole span of minutes.
    private const string OfCheck = $"""
        SELECT {Columns} FROM generate_series($1, $2) AS m (minute) JOIN results r ON r.minute = m.minute AND r.check_id = $12 {Rest}
        """;

    private const string OfAll = $"SELECT {Columns} FROM (SELECT * FROM results WHERE $12 IS NULL OR check_id = ANY ($12)) r {Rest}";

    public async Task<ResultPage> ReadAsync(ResultQuery query, CancellationToken ct) => await ResultPager.ReadAsync(
        query, await BoundsAsync(ct), (low, high, after, count, stop) => WindowAsync(query, low, high, after, count, stop), ct);

    private async Task<(long, long)?> BoundsAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT min(minute), max(minute) FROM results");
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && !reader.IsDBNull(0) ? (reader.GetInt32(0), reader.GetInt32(1)) : null;
    }

    private async Task<IReadOnlyList<PagedResult>> WindowAsync(
        ResultQuery query, long low, long high, ResultCursor after, int count, CancellationToken ct)
    {
        await using var command = source.CreateCommand(query.CheckId is null ? OfAll : OfCheck);
        var p = command.Parameters;
        p.Add(new() { Value = (int)low });
        p.Add(new() { Value = (int)high });
        p.Add(new() { Value = query.From is { } from ? Micros.Of(from) : long.MinValue });
        p.Add(new() { Value = query.To is { } to ? Micros.Of(to) : long.MaxValue });
        p.Add(new() { Value = (object?)query.AgentIds?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        p.Add(new() { Value = after.DueMicros });
        p.Add(new() { Value = after.CheckId });
        p.Add(new() { Value = after.AgentId });
        p.Add(new() { Value = after.Sequence });
        p.Add(new() { Value = after.Epoch });
        p.Add(new() { Value = count });
        p.Add(query.CheckId is { } check
            ? new() { Value = check }
            : new() { Value = (object?)query.CheckIds?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });

        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<PagedResult>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(ResultReader.Read(reader));
        }

        return found;
    }
}
