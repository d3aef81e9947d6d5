using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Day partitions of results. A partition is made as a table of its own and then attached, which lets others read and write meanwhile;
/// an advisory lock lets one orchestrator at a time do so.
/// </summary>
internal sealed class PostgresPartitions(NpgsqlDataSource source)
{
    private const long MinutesPerDay = 24 * 60;

    private ImmutableHashSet<long> _known = [];

    /// <summary>Makes the partitions that rows of these days need, and the next day's ahead.</summary>
    public async Task EnsureAsync(IEnumerable<long> days, CancellationToken ct)
    {
        var missing = days.SelectMany(d => new[] { d, d + 1 }).Where(d => !_known.Contains(d)).Distinct().Order().ToList();
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

    /// <summary>Another orchestrator may have dropped what we believe to be there.</summary>
    public void Forget() => ImmutableInterlocked.Update(ref _known, _ => []);

    /// <summary>Drops the days that end before the minute. A day that it lies in is kept whole: results may live up to a day longer.</summary>
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

    private static async Task<List<long>> DaysAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql = """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'results'::regclass ORDER BY 1
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var days = new List<long>();
        while (await reader.ReadAsync(ct))
        {
            var date = DateOnly.ParseExact(reader.GetString(0)["results_".Length..], "yyyyMMdd", CultureInfo.InvariantCulture);
            days.Add(date.DayNumber - Epoch);
        }

        return days;
    }

    private static string CreateSql(long day) => $"""
        DO $$ BEGIN
            IF to_regclass('{Name(day)}') IS NULL THEN
                CREATE TABLE {Name(day)} (LIKE results INCLUDING DEFAULTS INCLUDING INDEXES,
                    CHECK (minute >= {day * MinutesPerDay} AND minute < {(day + 1) * MinutesPerDay}));
                ALTER TABLE results ATTACH PARTITION {Name(day)} FOR VALUES FROM ({day * MinutesPerDay}) TO ({(day + 1) * MinutesPerDay});
            END IF;
        END $$
        """;

    private static string Name(long day) => "results_" + DateOnly.FromDayNumber((int)day + Epoch).ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
}
