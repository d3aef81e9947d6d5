using Microsoft.Data.Sqlite;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>Reads the newest results of many pairs of check and agent: one look into the key for each.</summary>
internal sealed class SqliteNewest(SqliteDatabase database)
{
    private const string Sql = $"""
        SELECT {SqliteResults.Columns} FROM results r LEFT JOIN checks c ON c.id = r.check_id
        WHERE r.minute = $minute AND r.check_id = $check AND r.agent_id = $agent AND r.due_us > $after ORDER BY r.due_us DESC LIMIT $most
        """;

    public async Task VisitAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct) =>
        (await database.ReadAsync(connection => Read(connection, pairs, Micros.MinuteOf(Micros.Of(minute)), most, ct), ct)).ForEach(visit);

    private static List<StoredResult> Read(SqliteConnection connection, IReadOnlyList<NewestOf> pairs, long minute, int most, CancellationToken ct)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql;
        command.Parameters.AddWithValue("$minute", minute);
        command.Parameters.AddWithValue("$most", most);
        var (check, agent, after) = (command.Parameters.Add("$check", SqliteType.Integer), command.Parameters.Add("$agent", SqliteType.Integer), command.Parameters.Add("$after", SqliteType.Integer));
        command.Prepare();
        var found = new List<StoredResult>();
        foreach (var pair in pairs)
        {
            ct.ThrowIfCancellationRequested();
            (check.Value, agent.Value, after.Value) = (pair.CheckId, pair.AgentId, Micros.Of(pair.After));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                found.Add(ResultReader.Read(reader).Result);
            }
        }

        return found;
    }
}
