using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Benchmarks.Detection;
using Probes.Benchmarks.Store;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Backtest;

/// <summary>Days of ten checks in ten regions replayed from SQLite by two groups of settings, and what a round of live detection takes meanwhile.</summary>
internal static class BacktestBench
{
    private const int Checks = 10;
    private const int Regions = 10;
    private const int RunsEach = 6;

    public static async Task<int> RunAsync(int days = 7)
    {
        await using var bench = await BenchStore.SqliteAsync();
        var past = new FilledPast(Checks, Regions, RunsEach);
        var catalog = past.Catalog;
        var first = MinuteHistory.MinuteOf(BenchStore.Start);
        // Healthy but for twenty minutes a day and pair of 120 ms more, at a time of its own.
        past.Fill(bench, first - 120, first + (days * 1440), (check, region, minute) => (minute + (97 * ((check * Regions) + region))) % 1440 < 20 ? 120 : 0);
        var contexts = new ContextFactory(bench.Target);
        var (tiers, confirmed) = (((ITiered)bench.Store).Tiers, new IncidentReader(contexts));
        var live = new LiveRounds(catalog, bench.Store, new Seasons(bench.Store, tiers, confirmed), first);
        await live.LoadAsync();
        var alone = live.Measure(TimeSpan.FromSeconds(10), CancellationToken.None);

        foreach (var proposed in (DetectorOptions?[])[null, new DetectorOptions { ShiftMs = 5, Superiority = 0.7 }])
        {
            var plan = new BacktestPlan(catalog, first, first + (days * 1440), _ => true, Checks * Regions, new DetectorOptions(), proposed, false);
            var run = new BacktestRun(bench.Store, tiers, new MaintenanceBook(contexts, NullLogger<MaintenanceBook>.Instance), new IncidentReader(contexts), new EngineBook(contexts), new BacktestGate(), TimeProvider.System);
            using var done = new CancellationTokenSource();
            var beside = Task.Run(() => live.Measure(TimeSpan.FromHours(1), done.Token));
            var (cpu, report) = (Process.GetCurrentProcess().TotalProcessorTime, (BacktestReport?)null);
            await foreach (var progress in run.RunAsync(plan, CancellationToken.None))
            {
                report = progress.Report ?? report;
            }

            await done.CancelAsync();
            var made = report!;
            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            Console.WriteLine($"{(proposed is null ? "settings in force alone" : "two groups of settings")}: {days} days of {made.CheckRegions} check-regions in {made.Seconds:0.0} s, {cpu.TotalSeconds:0.0} s of CPU, "
                + $"{days * made.CheckRegions / made.Seconds:0.0} check-region-days/s, {1e6 * made.Seconds / made.Judgments:0} us a judgment; {made.Current.Episodes.Count} episodes; "
                + $"a live round of {made.CheckRegions}: {alone:0.0} ms alone, {await beside:0.0} ms meanwhile (medians); {GC.GetTotalMemory(false) / 1e6:0} MB live");
        }

        return 0;
    }

    /// <summary>Rounds of live detection, one a second, as long as asked.</summary>
    private sealed class LiveRounds(CatalogSnapshot catalog, IResultStore store, Seasons seasons, long first)
    {
        private readonly Watches _watches = new(new Blamer(), new DetectorOptions(), seasons);
        private readonly MaintenanceCalendar _calendar = MaintenanceCalendar.Of(catalog, [], 0, 1);
        private readonly DateTimeOffset _now = MinuteHistory.Start(first).AddSeconds(30);

        public Task LoadAsync() => _watches.LoadAsync(store, catalog, [], _now, _now, CancellationToken.None);

        public double Measure(TimeSpan time, CancellationToken done)
        {
            var (took, clock) = (new List<double>(), Stopwatch.StartNew());
            do
            {
                var began = Stopwatch.GetTimestamp();
                _watches.Judge(catalog, _calendar, _now);
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            while (!done.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)) && clock.Elapsed < time);
            took.Sort();
            return took[took.Count / 2];
        }
    }
}
