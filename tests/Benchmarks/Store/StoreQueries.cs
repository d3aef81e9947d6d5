using System.Diagnostics;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>The queries of the pages on a filled store; medians of 30 after 5 to warm up.</summary>
internal static class StoreQueries
{
    /// <summary>p95 of one check in every region, in 5-minute steps.</summary>
    /// <param name="regions">Agents are numbered from 1 up to this.</param>
    public static Task<Timing> HeatmapAsync(IResultStore store, int check, int regions, DateTimeOffset from, DateTimeOffset until) =>
        TimeAsync(async () =>
        {
            var cells = new Sketch?[regions + 1, (int)((until - from).TotalMinutes / 5) + 1];
            var first = from.ToUnixTimeSeconds() / 60;
            await store.VisitRollupsAsync(
                check, from, until,
                (key, bytes) => RollupCodec.MergeInto(bytes, RollupPart.Total, cells[key.AgentId, (int)(key.Minute - first) / 5] ??= new Sketch()), default);
            return cells.Cast<Sketch?>().Count(c => c?.Quantile(0.95) > 0);
        });

    /// <summary>p95 of every check in every region over five minutes.</summary>
    public static Task<Timing> OverviewAsync(IResultStore store, DateTimeOffset until) =>
        TimeAsync(async () =>
        {
            var cells = new Dictionary<(int, int), Rollup>();
            await store.VisitRollupsAsync(
                until.AddMinutes(-5), until,
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

    /// <summary>The newest 100 results of one check.</summary>
    public static Task<Timing> NewestAsync(IResultStore store, int check) =>
        TimeAsync(async () => (await store.ReadResultsAsync(new ResultQuery { CheckId = check }, default)).Items.Count);

    private static async Task<Timing> TimeAsync(Func<Task<int>> query)
    {
        var times = new List<double>();
        var values = 0;
        for (var i = 0; i < 35; i++)
        {
            var started = Stopwatch.GetTimestamp();
            values = await query();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var sorted = times.Skip(5).Order().ToList();
        return new Timing(sorted[15], sorted[^1], values);
    }

    /// <summary>Milliseconds, and how many values the query gave.</summary>
    public readonly record struct Timing(double Median, double Worst, int Values)
    {
        public override string ToString() => $"median {Median:0.0} ms, worst {Worst:0.0} ms ({Values} values)";
    }
}
