using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Benchmarks.Store;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
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
        var catalog = Catalog();
        var first = MinuteHistory.MinuteOf(BenchStore.Start);
        Fill(bench, catalog, first - 120, first + (days * 1440));
        var contexts = new ContextFactory(bench.Target);
        var (tiers, confirmed) = (((ITiered)bench.Store).Tiers, new IncidentReader(contexts));
        var live = new LiveRounds(catalog, bench.Store, new Seasons(bench.Store, tiers, confirmed), first);
        await live.LoadAsync();
        var alone = live.Measure(TimeSpan.FromSeconds(10), CancellationToken.None);

        foreach (var proposed in (DetectorOptions?[])[null, new DetectorOptions { ShiftMs = 5, Superiority = 0.7 }])
        {
            var plan = new BacktestPlan(catalog, first, first + (days * 1440), _ => true, Checks * Regions, new DetectorOptions(), proposed, false);
            var run = new BacktestRun(bench.Store, tiers, confirmed, new MaintenanceBook(contexts, NullLogger<MaintenanceBook>.Instance), new IncidentReader(contexts), new BacktestGate(), TimeProvider.System);
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

    private static CatalogSnapshot Catalog()
    {
        var checks = Enumerable.Range(1, Checks).Select(i => new CatalogCheck(
            i, new Check { Name = $"check-{i}", Interval = TimeSpan.FromSeconds(60.0 / RunsEach), Probe = new TcpSpec { Host = $"host-{i}.test", Port = 443 } }, default, false)).ToList();
        var locations = Enumerable.Range(1, Regions).Select(i => new Location { Name = $"place-{i}", Region = $"region-{i}" }).ToList();
        return CatalogSnapshot.Empty with
        {
            Checks = checks.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal),
            ChecksById = checks.ToImmutableDictionary(c => c.Id),
            Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
            AgentsById = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent-{i + 1}", l.Name, l.Name, false, default)).ToImmutableDictionary(a => a.Id),
        };
    }

    // Healthy but for twenty minutes a day and pair of 120 ms more, at a time of its own.
    private static void Fill(BenchStore bench, CatalogSnapshot catalog, long from, long to)
    {
        var (random, clock, rows) = (new Random(1), Stopwatch.StartNew(), 0L);
        using var connection = new SqliteConnection(bench.Target.ConnectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO rollups (check_id, minute, agent_id, data) VALUES ($0, $1, $2, $3)";
        var values = Enumerable.Range(0, 4).Select(i => insert.Parameters.AddWithValue($"${i}", 0)).ToArray();
        foreach (var check in catalog.ChecksById.Keys.Order())
        {
            for (var minute = from; minute < to; minute++)
            {
                for (var agent = 1; agent <= Regions; agent++, rows++)
                {
                    var slow = (minute + (97 * ((check * Regions) + agent))) % 1440 < 20 ? 120 : 0;
                    (values[0].Value, values[1].Value, values[2].Value) = (check, minute, agent);
                    values[3].Value = RollupCodec.Encode(RollupBuilder.Build(Enumerable.Range(0, RunsEach).Select(_ => Run(random, slow))));
                    insert.ExecuteNonQuery();
                }
            }
        }

        transaction.Commit();
        Console.WriteLine($"{rows:n0} minute rollups written in {clock.Elapsed.TotalSeconds:0} s");
    }

    private static StoredRun Run(Random random, double slow)
    {
        long Phase(double median) => (long)(1000 * median * Math.Exp(0.2 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        var (dns, connect, tls, wait, transfer) = (Phase(2), Phase(12), Phase(25), Phase(60) + (long)(1000 * slow), Phase(3));
        return random.Next(2000) == 0
            ? new StoredRun(RunStatus.Failed, FailureSource.Target, dns, dns, -1, -1, -1, -1, -1)
            : new StoredRun(RunStatus.Passed, FailureSource.None, dns + connect + tls + wait + transfer, dns, connect, tls, 50, wait, transfer);
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
