using System.Diagnostics;
using Npgsql;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>
/// What growth does to PostgreSQL: results stored and rolled up per second over the last million, and the queries of the pages, each
/// time the store has grown to 1, 2, 5, 10, 20, 50, 100 ... million results. 350 checks run every 30 s in 10 regions: 10 million a day.
/// </summary>
internal static class GrowthBench
{
    private const int Regions = 10;
    private const int Checks = 350;
    private const int Interval = 30;
    private const int PerMinute = Checks * Regions * 60 / Interval;

    /// <param name="millions">Millions of results to grow to; 100 million need 35 GB of disk.</param>
    public static async Task<int> RunAsync(int millions = 100)
    {
        await using var bench = await BenchStore.PostgresAsync();
        Console.WriteLine($"{Checks} checks each {Interval} s in {Regions} regions; a transaction a minute of data, rolled up every 4; synced to disk");
        Console.WriteLine("million   results/s   heatmap 2 h   heatmap 24 h   overview   newest 100   database");
        var last = new Queue<(long Rows, long At)>();
        var minute = 0;
        foreach (var mark in Marks(millions))
        {
            while ((long)minute * PerMinute < mark * 1_000_000L)
            {
                last.Enqueue(((long)minute * PerMinute, Stopwatch.GetTimestamp()));
                await bench.StoreAsync(Minute(minute));
                if (++minute % 4 == 0)
                {
                    await bench.RollUpAsync();
                }

                while (((long)minute * PerMinute) - last.Peek().Rows > 1_000_000)
                {
                    last.Dequeue();
                }
            }

            await bench.RollUpAsync();
            var (since, at) = last.Peek();
            var rate = (((long)minute * PerMinute) - since) / Stopwatch.GetElapsedTime(at).TotalSeconds;
            last.Clear();
            await ReportAsync(bench, mark, minute, rate);
        }

        return 0;
    }

    private static async Task ReportAsync(BenchStore bench, int mark, int minute, double rate)
    {
        var end = BenchStore.Start.AddMinutes(minute);
        var hours2 = await StoreQueries.HeatmapAsync(bench.Store, Checks / 2, Regions, end.AddHours(-2), end);
        var hours24 = await StoreQueries.HeatmapAsync(bench.Store, Checks / 2, Regions, end.AddHours(-24), end);
        var overview = await StoreQueries.OverviewAsync(bench.Store, end);
        var newest = await StoreQueries.NewestAsync(bench.Store, Checks / 2);
        await using var connection = new NpgsqlConnection(bench.Target.ConnectionString);
        await connection.OpenAsync();
        await using var size = new NpgsqlCommand("SELECT pg_database_size(current_database())", connection);
        var bytes = (long)(await size.ExecuteScalarAsync() ?? 0L);
        Console.WriteLine($"{mark,7} {rate,11:n0} {hours2.Median,10:0.0} ms {hours24.Median,11:0.0} ms {overview.Median,7:0.0} ms {newest.Median,9:0.0} ms {bytes / 1e9,7:0.0} GB");
    }

    private static IReadOnlyList<ResolvedBatch> Minute(int minute) =>
        [.. Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(
            agent, 1, (long)minute * PerMinute / Regions, PerMinute / Regions,
            [.. Enumerable.Range(0, PerMinute / Regions).Select(i => new ResolvedResult(
                ((long)minute * PerMinute / Regions) + i, 1 + (i % Checks), BenchStore.Result((minute * 60 / Interval) + (i / Checks), Interval, (i % Checks) + agent)))], "1"))];

    private static IEnumerable<int> Marks(int millions)
    {
        for (var decade = 1; decade < millions; decade *= 10)
        {
            foreach (var mark in new[] { decade, decade * 2, decade * 5 }.Where(m => m < millions))
            {
                yield return mark;
            }
        }

        yield return millions;
    }
}
