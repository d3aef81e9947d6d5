using System.Diagnostics;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>
/// p95 of one check over 24 h, 10 regions, 5-minute steps, read from the store with many results in it; all checks over the last
/// five minutes; and the newest results.
/// </summary>
internal static class HeatmapBench
{
    private const int Regions = 10;
    private const int Hours = 24;

    /// <param name="millions">Millions of results stored before; they are spread over checks of one run a minute and region.</param>
    public static async Task<int> RunAsync(double millions = 10)
    {
        // One check in ten regions makes 14,400 results a day.
        var checks = (int)Math.Ceiling(millions * 1_000_000 / (Regions * Hours * 60));
        await using (var sqlite = await BenchStore.SqliteAsync())
        {
            await MeasureAsync("sqlite", sqlite, checks);
        }

        await using var postgres = await BenchStore.PostgresAsync();
        await MeasureAsync("postgres", postgres, checks);
        return 0;
    }

    private static async Task MeasureAsync(string engine, BenchStore bench, int checks)
    {
        var filling = Stopwatch.StartNew();
        for (var minute = 0; minute < Hours * 60; minute++)
        {
            // Rolling up each few minutes, as the worker does under load.
            await bench.StoreAsync(
                [.. Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(
                    agent, 1, (long)minute * checks, checks,
                    [.. Enumerable.Range(0, checks).Select(c => new ResolvedResult(((long)minute * checks) + c, c + 1, BenchStore.Result(minute, 60, c + agent)))], "1"))]);
            if (minute % 4 == 3)
            {
                await bench.RollUpAsync();
            }
        }

        await bench.RollUpAsync();
        var rows = (double)checks * Regions * Hours * 60;
        Console.WriteLine($"{engine,-9} {rows:n0} results stored and rolled up in {filling.Elapsed.TotalSeconds:0} s ({rows / filling.Elapsed.TotalSeconds:n0}/s)");

        var end = BenchStore.Start.AddHours(Hours);
        Console.WriteLine($"{engine,-9} heatmap p95, 1 check, 24 h x 10 regions x 5 min: {await StoreQueries.HeatmapAsync(bench.Store, checks / 2, Regions, BenchStore.Start, end)}");
        Console.WriteLine($"{engine,-9} overview, {checks} checks x 10 regions, last 5 min: {await StoreQueries.OverviewAsync(bench.Store, end)}");
        Console.WriteLine($"{engine,-9} newest 100 results of one check: {await StoreQueries.NewestAsync(bench.Store, checks / 2)}");
    }
}
