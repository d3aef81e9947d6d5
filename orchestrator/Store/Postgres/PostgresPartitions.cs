using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Day partitions of a table of minutes: results, or their rollups. A partition is made as a table of its own and then attached, which lets others read and write meanwhile;
/// an advisory lock lets one orchestrator at a time do so.
/// </summary>
internal sealed class PostgresPartitions(NpgsqlDataSource source, string table)
{
    private const long MinutesPerDay = 24 * 60;

    private ImmutableHashSet<long> _known = [];

    /// <summary>Makes the partitions that rows of these minutes need, and the next day's ahead.</summary>
    public async Task EnsureAsync(IEnumerable<long> minutes, CancellationToken ct)
    {
        var missing = minutes.Select(m => Micros.Floor(m, MinutesPerDay)).Distinct().SelectMany(d => new[] { d, d + 1 }).Where(d => !_known.Contains(d)).Distinct().Order().ToList();
        if (missing.Count == 0)
        {
            return;
        }

        await using var connection = await source.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, tx);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {PostgresLocks.Awake}, pg_advisory_xact_lock({PostgresLocks.Schema}, 0)"));
        foreach (var day in missing)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(CreateSql(day)));
        }

        await batch.ExecuteNonQueryAsync(ct);
        await tx.CommitAsync(ct);
        ImmutableInterlocked.Update(ref _known, known => known.Union(missing));
    }

    /// <summary>Writes in a transaction, and once more when a row found no partition: retention of another orchestrator has dropped it since, and nothing was written.</summary>
    public async Task<T> WriteAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CheckViolation)
        {
            ImmutableInterlocked.Update(ref _known, _ => []);
            return await write();
        }
    }

    /// <summary>Drops the days that end before the minute. A day that it lies in is kept whole: rows may live up to a day longer.</summary>
    public async Task<long> ExpireAsync(long beforeMinute, CancellationToken ct)
    {
        long gone = 0;
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var day in await DaysAsync(connection, ct))
        {
            if ((day + 1) * MinutesPerDay > beforeMinute)
            {
                continue;
            }

            await using var tx = await connection.BeginTransactionAsync(ct);
            await using var drop = new NpgsqlBatch(connection, tx)
            {
                BatchCommands =
                {
                    // Dropping locks the whole table: rather fail and come back in an hour than hold up those who store.
                    new NpgsqlBatchCommand("SET LOCAL lock_timeout = '5s'"),
                    new NpgsqlBatchCommand($"SELECT {PostgresLocks.Awake}, pg_advisory_xact_lock({PostgresLocks.Schema}, 0)"),
                    new NpgsqlBatchCommand($"SELECT count(*) FROM {Name(day)}"),
                    new NpgsqlBatchCommand($"DROP TABLE {Name(day)}"),
                },
            };
            await using (var reader = await drop.ExecuteReaderAsync(ct))
            {
                await reader.NextResultAsync(ct);
                await reader.ReadAsync(ct);
                gone += reader.GetInt64(0);
            }

            await tx.CommitAsync(ct);
            ImmutableInterlocked.Update(ref _known, known => known.Remove(day));
        }

        return gone;
    }

    private async Task<List<long>> DaysAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass ORDER BY 1", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var days = new List<long>();
        while (await reader.ReadAsync(ct))
        {
            var date = DateOnly.ParseExact(reader.GetString(0)[(table.Length + 1)..], "yyyyMMdd", CultureInfo.InvariantCulture);
            days.Add(date.DayNumber - Epoch);
        }

        return days;
    }

    private string CreateSql(long day) => $"""
        DO $$ BEGIN
            IF to_regclass('{Name(day)}') IS NULL THEN
                CREATE TABLE {Name(day)} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES,
                    CHECK (minute >= {day * MinutesPerDay} AND minute < {(day + 1) * MinutesPerDay}));
                ALTER TABLE {table} ATTACH PARTITION {Name(day)} FOR VALUES FROM ({day * MinutesPerDay}) TO ({(day + 1) * MinutesPerDay});
            END IF;
        END $$
        """;

    private string Name(long day) => $"{table}_" + DateOnly.FromDayNumber((int)day + Epoch).ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
}
