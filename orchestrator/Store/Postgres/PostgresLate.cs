using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Counts late results in the transaction of their batch.</summary>
internal static class PostgresLate
{
    private const string Insert =
        $"INSERT INTO late_results (check_id, minute, agent_id, results, last_us) SELECT *, $5 FROM unnest($1, $2, $3, $4) {LateResults.OnConflict}";

    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<LateResult> late, DateTimeOffset now, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = late.Select(l => l.CheckId).ToArray() },
                new() { Value = late.Select(l => l.Minute).ToArray() },
                new() { Value = late.Select(l => l.AgentId).ToArray() },
                new() { Value = late.Select(l => l.Results).ToArray() },
                new() { Value = Micros.Of(now) },
            },
        };
        await insert.ExecuteNonQueryAsync(ct);
    }
}
