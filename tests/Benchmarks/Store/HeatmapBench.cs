using System.Diagnostics;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>
/// p95 of one check over 24 h, 10 regions, 5-minute steps, read from the store with many results in it; and all checks over the last
/// five minutes. Medians of 30 after 5 to warm up.
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
            await bench.Store.StoreAsync(
                [.. Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(
                    agent, 1, (long)minute * checks, checks,
                    [.. Enumerable.Range(0, checks).Select(c => new ResolvedResult(((long)minute * checks) + c, c + 1, BenchStore.Result(minute, 60, c + agent)))], "1"))],
                default);
            if (minute % 4 == 3)
            {
                await bench.RollUpAsync();
            }
        }

        await bench.RollUpAsync();
        var rows = (double)checks * Regions * Hours * 60;
        Console.WriteLine($"{engine,-9} {rows:n0} results stored and rolled up in {filling.Elapsed.TotalSeconds:0} s ({rows / filling.Elapsed.TotalSeconds:n0}/s)");

        var end = BenchStore.Start.AddHours(Hours);
        await ReportAsync(engine, "heatmap p95, 1 check, 24 h x 10 regions x 5 min", async () =>
        {
            var cells = new Sketch?[Regions + 1, Hours * 12];
            var first = BenchStore.Start.ToUnixTimeSeconds() / 60;
            await bench.Store.VisitRollupsAsync(
                checks / 2, BenchStore.Start, end,
                (key, bytes) => RollupCodec.MergeInto(bytes, RollupPart.Total, cells[key.AgentId, (int)(key.Minute - first) / 5] ??= new Sketch()), default);
            return cells.Cast<Sketch?>().Count(c => c?.Quantile(0.95) > 0);
        });
        await ReportAsync(engine, $"overview, {checks} checks x 10 regions, last 5 min", async () =>
        {
            var cells = new Dictionary<(int, int), Rollup>();
            await bench.Store.VisitRollupsAsync(
                end.AddMinutes(-5), end,
                (key, bytes) =>
                {
                    if (!cells.TryGetValue((key.CheckId, key.AgentId), out var cell))
                    {
                        cells.Add((key.CheckId, key.AgentId), cell = new Rollup());
                    }

                    RollupCodec.MergeInto(bytes, RollupPart.Total, cell.Total);
                },
                default);
            return cells.Values.Count(c => c.Total.Quantile(0.95) > 0);
        });
        await ReportAsync(engine, "newest 100 results of one check", async () =>
            (await bench.Store.ReadResultsAsync(new ResultQuery { CheckId = checks / 2 }, default)).Items.Count);
    }

    private static async Task ReportAsync(string engine, string what, Func<Task<int>> query)
    {
        var times = new List<double>();
        var cells = 0;
        for (var i = 0; i < 35; i++)
        {
            var started = Stopwatch.GetTimestamp();
            cells = await query();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var sorted = times.Skip(5).Order().ToList();
        Console.WriteLine($"{engine,-9} {what}: median {sorted[15]:0.0} ms, worst {sorted[^1]:0.0} ms ({cells} values)");
    }
}
