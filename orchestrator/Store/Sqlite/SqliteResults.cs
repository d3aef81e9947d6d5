using Microsoft.Data.Sqlite;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>Reads stored results by page.</summary>
internal sealed class SqliteResults(SqliteDatabase database)
{
    internal const string Columns = """
        r.due_us, r.check_id, r.agent_id, r.sequence, r.epoch, r.status, r.source, r.duration_us,
        r.dns_us, r.connect_us, r.tls_us, r.send_us, r.wait_us, r.transfer_us,
        r.status_code, r.late_us, r.revision, r.attempt, r.reason, r.detail, coalesce(c.name, '')
        """;

    // With a check: one seek per minute, as the key begins with minute and check. Without: the whole span of minutes.
    private const string OfCheckSql = $"""
        WITH RECURSIVE minutes (minute) AS (SELECT $low UNION ALL SELECT minute + 1 FROM minutes WHERE minute < $high)
        SELECT {Columns} FROM minutes CROSS JOIN results r LEFT JOIN checks c ON c.id = r.check_id
        WHERE r.minute = minutes.minute AND r.check_id = $check {Rest}
        """;

    private const string OfAllSql = $"""
        SELECT {Columns} FROM results r LEFT JOIN checks c ON c.id = r.check_id WHERE r.minute BETWEEN $low AND $high
         AND ($checks IS NULL OR r.check_id IN (SELECT value FROM json_each($checks))) {Rest}
        """;

    private const string Rest = """
         AND r.due_us >= $from AND r.due_us < $to
         AND ($agents IS NULL OR r.agent_id IN (SELECT value FROM json_each($agents)))
         AND (r.due_us, r.check_id, r.agent_id, r.sequence, r.epoch) < ($a_due, $a_check, $a_agent, $a_sequence, $a_epoch)
        ORDER BY r.due_us DESC, r.check_id DESC, r.agent_id DESC, r.sequence DESC, r.epoch DESC LIMIT $count
        """;

    public async Task<ResultPage> ReadAsync(ResultQuery query, CancellationToken ct)
    {
        var bounds = await database.ReadAsync(Bounds, ct);
        return await ResultPager.ReadAsync(
            query, bounds, (low, high, after, count, stop) => database.ReadAsync<IReadOnlyList<PagedResult>>(c => Window(c, query, low, high, after, count), stop), ct);
    }

    private static (long, long)? Bounds(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT (SELECT min(minute) FROM results), (SELECT max(minute) FROM results)";
        using var reader = command.ExecuteReader();
        return reader.Read() && !reader.IsDBNull(0) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    private static List<PagedResult> Window(
        SqliteConnection connection, ResultQuery query, long low, long high, ResultCursor after, int count)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query.CheckId is null ? OfAllSql : OfCheckSql;
        var p = command.Parameters;
        p.AddWithValue("$low", low);
        p.AddWithValue("$high", high);
        p.AddWithValue("$from", query.From is { } from ? Micros.Of(from) : long.MinValue);
        p.AddWithValue("$to", query.To is { } to ? Micros.Of(to) : long.MaxValue);
        p.AddWithValue("$agents", query.AgentIds is { } agents ? $"[{string.Join(',', agents)}]" : DBNull.Value);
        p.AddWithValue("$a_due", after.DueMicros);
        p.AddWithValue("$a_check", after.CheckId);
        p.AddWithValue("$a_agent", after.AgentId);
        p.AddWithValue("$a_sequence", after.Sequence);
        p.AddWithValue("$a_epoch", after.Epoch);
        p.AddWithValue("$count", count);
        if (query.CheckId is { } check)
        {
            p.AddWithValue("$check", check);
        }
        else
        {
            p.AddWithValue("$checks", query.CheckIds is { } checks ? $"[{string.Join(',', checks)}]" : DBNull.Value);
        }

        using var reader = command.ExecuteReader();
        var found = new List<PagedResult>();
        while (reader.Read())
        {
            found.Add(ResultReader.Read(reader));
        }

        return found;
    }
}
