using Npgsql;
using Probes.Faults.Accounting;

namespace Probes.Faults.Parts;

/// <summary>What the database says, read past every orchestrator.</summary>
internal sealed class Evidence(string connectionString)
{
    // A run that the agent itself says it did not make has status 4.
    private const string Runs = """
        SELECT c.name, r.due_us, r.late_us, r.duration_us, r.status_code FROM results r JOIN checks c ON c.id = r.check_id WHERE r.minute >= $1 AND r.status <> 4
        """;

    private const string Gaps = """
        SELECT c.name, a.name, g.reason, g.runs, g.from_us, g.to_us FROM gaps g JOIN agents a ON a.id = g.agent_id LEFT JOIN checks c ON c.id = g.check_id
        """;

    /// <param name="fromUs">Runs due in earlier minutes are left out.</param>
    public async Task<List<StoredRun>> RunsAsync(long fromUs)
    {
        var runs = new List<StoredRun>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        await ReadAsync(Runs, row =>
        {
            // One string per check, not per row.
            var read = row.GetString(0);
            var name = names.TryGetValue(read, out var known) ? known : names[read] = read;
            runs.Add(new StoredRun(name, row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt32(4)));
        }, (int)(fromUs / 60_000_000));
        return runs;
    }

    public async Task<List<GapRun>> GapsAsync()
    {
        var gaps = new List<GapRun>();
        await ReadAsync(Gaps, row => gaps.Add(new GapRun(row.IsDBNull(0) ? null : row.GetString(0), row.GetString(1), row.GetInt16(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5))));
        return gaps;
    }

    private async Task ReadAsync(string text, Action<NpgsqlDataReader> take, params int[] parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=60");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = parameter });
        }

        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            take(row);
        }
    }
}
