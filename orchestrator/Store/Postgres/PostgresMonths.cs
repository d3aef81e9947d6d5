using System.Globalization;
using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Month partitions of hour and day rollups: made when first written to, dropped whole.</summary>
internal static class PostgresMonths
{
    private const long MinutesPerDay = 24 * 60;

    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>Commands that make what these minutes need; only the leader writes here, so that locks are short.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Ensure(string table, IEnumerable<long> minutes) =>
        from month in minutes.Select(MonthOf).Distinct().Order()
        select new NpgsqlBatchCommand(
            $"CREATE TABLE IF NOT EXISTS {Name(table, month)} PARTITION OF {table} FOR VALUES FROM ({MinuteOf(month)}) TO ({MinuteOf(month.AddMonths(1))})");

    /// <summary>Drops the months that end at or before the minute; returns how many rows went.</summary>
    public static async Task<long> ExpireAsync(NpgsqlDataSource source, string table, long before, CancellationToken ct)
    {
        long gone = 0;
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var month in await MonthsAsync(connection, table, ct))
        {
            if (MinuteOf(month.AddMonths(1)) > before)
            {
                continue;
            }

            await using var tx = await connection.BeginTransactionAsync(ct);
            await using var drop = new NpgsqlBatch(connection, tx)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand("SET LOCAL lock_timeout = '5s'"),
                    new NpgsqlBatchCommand($"SELECT count(*) FROM {Name(table, month)}"),
                    new NpgsqlBatchCommand($"DROP TABLE {Name(table, month)}"),
                },
            };
            gone += await drop.ExecuteScalarAsync(ct) as long? ?? 0;
            await tx.CommitAsync(ct);
        }

        return gone;
    }

    private static async Task<List<DateOnly>> MonthsAsync(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass ORDER BY 1", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var months = new List<DateOnly>();
        while (await reader.ReadAsync(ct))
        {
            months.Add(DateOnly.ParseExact(reader.GetString(0)[(table.Length + 1)..] + "01", "yyyyMMdd", CultureInfo.InvariantCulture));
        }

        return months;
    }

    private static string Name(string table, DateOnly month) => $"{table}_{month.ToString("yyyyMM", CultureInfo.InvariantCulture)}";

    private static DateOnly MonthOf(long minute)
    {
        var day = DateOnly.FromDayNumber((int)(minute / MinutesPerDay) + Epoch);
        return new DateOnly(day.Year, day.Month, 1);
    }

    private static long MinuteOf(DateOnly month) => (month.DayNumber - Epoch) * MinutesPerDay;
}
