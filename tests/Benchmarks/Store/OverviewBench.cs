using System.Collections.Immutable;
using System.Diagnostics;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>The overview as its page and the API ask for it: how 1,000 checks did in each of 20 regions in the last 15 minutes, a result a minute of each.</summary>
internal static class OverviewBench
{
    private const int Checks = 1000;
    private const int Regions = 20;
    private const int Minutes = 17;

    public static async Task<int> RunAsync()
    {
        await using (var sqlite = await BenchStore.SqliteAsync())
        {
            await MeasureAsync("sqlite", sqlite);
        }

        await using var postgres = await BenchStore.PostgresAsync();
        await MeasureAsync("postgres", postgres);
        return 0;
    }

    private static async Task MeasureAsync(string engine, BenchStore bench)
    {
        for (var minute = 0; minute < Minutes; minute++)
        {
            await bench.StoreAsync([.. Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(agent, 1, (long)minute * Checks, Checks,
                [.. Enumerable.Range(0, Checks).Select(c => new ResolvedResult(((long)minute * Checks) + c, c + 1, BenchStore.Result(minute, 60, c + agent)))], "1"))]);
            await bench.RollUpAsync();
        }

        var queries = new HeatmapQueries(new Fixed(), bench.Store, ((ITiered)bench.Store).Tiers, new Quiet(), new At(BenchStore.Start.AddMinutes(Minutes)));
        var times = new List<(double Wall, double Cpu)>();
        for (var i = 0; i < 35; i++)
        {
            var (started, before) = (Stopwatch.GetTimestamp(), bench.Cpu());
            var checks = await queries.OverviewAsync(TimeSpan.FromMinutes(15), default);
            var (took, after) = (Stopwatch.GetElapsedTime(started).TotalMilliseconds, bench.Cpu());
            if (checks.Sum(c => c.Regions.Count(r => r.LatencyP95 > 0)) != Checks * Regions)
            {
                throw new InvalidOperationException("the overview lacks regions");
            }

            times.Add((took, (after.Here + after.Server - before.Here - before.Server) * 1000));
        }

        var sorted = times.Skip(5).OrderBy(t => t.Wall).ToList();
        Console.WriteLine($"{engine,-9} overview, {Checks} checks x {Regions} regions, 15 min: first {times[0].Wall:0} ms, median {sorted[15].Wall:0} ms, worst {sorted[^1].Wall:0} ms, "
            + $"CPU {sorted.Average(t => t.Cpu):0} ms");
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class Quiet : IVerdicts
    {
        public Verdict Of(string check, string region) => new() { Check = check, Region = region, Level = Level.Unknown, Evidence = new Evidence(), Sentence = "" };

        public IReadOnlyList<Verdict> All() => [];
    }

    private sealed class Fixed : ICatalog
    {
        public event Action Changed
        {
            add { }
            remove { }
        }

        public CatalogSnapshot Current { get; } = Make();

        public Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => throw new NotSupportedException();

        public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;

        private static CatalogSnapshot Make()
        {
            var checks = Enumerable.Range(1, Checks).Select(id => new CatalogCheck(
                id, new Check { Name = $"check-{id:0000}", Interval = TimeSpan.FromMinutes(1), Probe = new TcpSpec { Host = "shop.test", Port = 443 } }, default, false)).ToList();
            var locations = Enumerable.Range(1, Regions).Select(r => new Location { Name = $"region-{r:00}", Latitude = r, Longitude = r }).ToList();
            return CatalogSnapshot.Empty with
            {
                Checks = checks.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal),
                ChecksById = checks.ToImmutableDictionary(c => c.Id),
                Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
                AgentsById = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent-{i + 1}", l.Name, l.Name, false, default)).ToImmutableDictionary(a => a.Id),
            };
        }
    }
}
