using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Benchmarks.Store;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Answers;

/// <summary>CPU that comparing answers takes for 10,000 check-regions whose checks run every minute, in cores: of this process, and, where another one answers, of the database.</summary>
internal static class AnswersBench
{
    private const int Checks = 1000;
    private const int Regions = 10;
    private const int Minutes = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        await using var bench = args.Contains("sqlite") ? await BenchStore.SqliteAsync() : await BenchStore.PostgresAsync();
        var time = new FakeTimeProvider(BenchStore.Start.AddHours(2));
        var catalog = new FixedCatalog { Current = Define() };
        var options = Options.Create(new AnswersOptions());
        var book = new AnswerBook(options, new EventHub(), time, NullLogger<AnswerBook>.Instance);
        using var worker = new AnswersWorker(
            catalog, bench.Store, new StoreReady(), book, new Verdicts(Options.Create(new DetectorOptions()), time), options, time, NullLogger<AnswersWorker>.Instance);
        for (var minute = -60; minute < 0; minute++)
        {
            await StoreAsync(bench.Store, time.GetUtcNow().AddMinutes(minute));
        }

        var resumed = await MeasureAsync(() => worker.CompareOnceAsync(default));
        Console.WriteLine(FormattableString.Invariant($"after a start, an hour of {Checks * Regions} check-regions stored: {resumed.Own:0.0} s of CPU here, {resumed.Others:0.0} s in the database, {resumed.Wall:0.0} s"));
        var (own, others) = (0.0, 0.0);
        for (var minute = 0; minute < Minutes; minute++)
        {
            await StoreAsync(bench.Store, time.GetUtcNow());
            for (var round = 0; round < 4; round++)
            {
                time.Advance(TimeSpan.FromSeconds(15));
                var took = await MeasureAsync(() => worker.CompareOnceAsync(default));
                (own, others) = (own + took.Own, others + took.Others);
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Checks * Regions} check-regions, a run a minute, a round every 15 s: {own / (60 * Minutes):0.0000} core here, {others / (60 * Minutes):0.0000} in the database; {GC.GetTotalMemory(forceFullCollection: true) / 1e6:0} MB live"));
        return 0;
    }

    private static async Task<(double Own, double Others, double Wall)> MeasureAsync(Func<Task> work)
    {
        var (own, others, clock) = (Environment.CpuUsage.TotalTime, Postgres(), Stopwatch.StartNew());
        await work();
        return ((Environment.CpuUsage.TotalTime - own).TotalSeconds, (Postgres() - others).TotalSeconds, clock.Elapsed.TotalSeconds);
    }

    // Connections are pooled, so that their processes live on.
    private static TimeSpan Postgres()
    {
        var all = TimeSpan.Zero;
        foreach (var process in Process.GetProcessesByName("postgres"))
        {
            using (process)
            {
                try
                {
                    all += process.TotalProcessorTime;
                }
                catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // It has ended meanwhile.
                }
            }
        }

        return all;
    }

    private static async Task StoreAsync(IResultStore store, DateTimeOffset due)
    {
        var batches = Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(agent, 1, Micros.Of(due) / 1000, Checks, [.. Enumerable.Range(1, Checks).Select(check => new ResolvedResult((Micros.Of(due) / 1000) + check, check, Result(due, check, agent)))], "1"));
        await store.StoreAsync([.. batches], default);
    }

    private static RunResult Result(DateTimeOffset due, int check, int agent) => BenchStore.Result(0, 1, 0) with
    {
        Due = due,
        Address = $"192.0.2.{check % 5}:443",
        Evidence = new Dictionary<string, string>
        {
            ["body_bytes"] = "2048", ["body_hash"] = $"{check:x16}", ["cert"] = $"{check:x16}/01234567", ["cf-ray"] = $"8f2a3b4c5d6e7f80-P{agent}", ["cf-cache-status"] = "HIT", ["age"] = "31", ["server"] = "cloudflare",
        },
    };

    private static CatalogSnapshot Define()
    {
        var checks = Enumerable.Range(1, Checks).Select(i => new CatalogCheck(i, new Check { Name = $"check-{i}", Revision = 1, Interval = TimeSpan.FromMinutes(1), Probe = new HttpSpec { Url = new Uri($"https://www{i}.example.com/") } }, default, false)).ToList();
        var locations = Enumerable.Range(1, Regions).Select(i => new Location { Name = $"region-{i}" }).ToList();
        return CatalogSnapshot.Empty with
        {
            Checks = checks.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal),
            ChecksById = checks.ToImmutableDictionary(c => c.Id),
            Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
            AgentsById = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent-{i + 1}", l.Name, l.Name, false, default)).ToImmutableDictionary(a => a.Id),
        };
    }
}
