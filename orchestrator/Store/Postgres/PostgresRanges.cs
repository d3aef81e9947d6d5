using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Stored ranges of spools, read and written for a whole group at once.</summary>
internal static class PostgresRanges
{
    public static async Task<Dictionary<Spool, SequenceRanges>> LoadAsync(
        NpgsqlConnection connection, IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        const string Sql = """
            SELECT r.agent_id, r.epoch, r.first_sequence, r.end_sequence
            FROM unnest($1, $2, $3, $4) AS s (agent_id, epoch, low, high)
            JOIN stored_ranges r ON r.agent_id = s.agent_id AND r.epoch = s.epoch AND r.first_sequence <= s.high AND r.end_sequence >= s.low
            """;
        var spools = batches.GroupBy(b => new Spool(b.AgentId, b.Epoch)).ToList();
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new() { Value = spools.Select(s => s.Key.AgentId).ToArray() },
                new() { Value = spools.Select(s => s.Key.Epoch).ToArray() },
                new() { Value = spools.Select(s => s.Min(b => b.FirstSequence)).ToArray() },
                new() { Value = spools.Select(s => s.Max(b => b.FirstSequence + b.Count)).ToArray() },
            },
        };
        var stored = spools.ToDictionary(s => s.Key, _ => new List<(long, long)>());
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            stored[new Spool(reader.GetInt32(0), reader.GetInt64(1))].Add((reader.GetInt64(2), reader.GetInt64(3)));
        }

        return stored.ToDictionary(s => s.Key, s => new SequenceRanges(s.Value));
    }

    public static async Task SaveAsync(
        NpgsqlConnection connection, Dictionary<Spool, SequenceRanges> ranges, long now, CancellationToken ct)
    {
        var gone = ranges.SelectMany(r => r.Value.Gone().Select(first => (Spool: r.Key, First: first))).ToList();
        var changed = ranges.SelectMany(r => r.Value.Changed().Select(c => (Spool: r.Key, c.First, c.End))).ToList();
        await using var batch = new NpgsqlBatch(connection);
        if (gone.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("""
                DELETE FROM stored_ranges r USING unnest($1, $2, $3) AS g (agent_id, epoch, first_sequence)
                WHERE r.agent_id = g.agent_id AND r.epoch = g.epoch AND r.first_sequence = g.first_sequence
                """)
            {
                Parameters =
                {
                    new() { Value = gone.Select(g => g.Spool.AgentId).ToArray() },
                    new() { Value = gone.Select(g => g.Spool.Epoch).ToArray() },
                    new() { Value = gone.Select(g => g.First).ToArray() },
                },
            });
        }

        if (changed.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("""
                INSERT INTO stored_ranges (agent_id, epoch, first_sequence, end_sequence, updated_minute)
                SELECT a, e, f, u, $5 FROM unnest($1, $2, $3, $4) AS c (a, e, f, u)
                ON CONFLICT (agent_id, epoch, first_sequence) DO UPDATE SET end_sequence = EXCLUDED.end_sequence, updated_minute = EXCLUDED.updated_minute
                """)
            {
                Parameters =
                {
                    new() { Value = changed.Select(c => c.Spool.AgentId).ToArray() },
                    new() { Value = changed.Select(c => c.Spool.Epoch).ToArray() },
                    new() { Value = changed.Select(c => c.First).ToArray() },
                    new() { Value = changed.Select(c => c.End).ToArray() },
                    new() { Value = (int)now },
                },
            });
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
        }
    }
}
