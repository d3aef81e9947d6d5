using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
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

/// <summary>CPU that comparing answers takes for 10,000 check-regions whose checks run every minute, in cores: of this process, and, as a bound for it and the database together, the time that passes.</summary>
internal static class AnswersBench
{
    private const int Checks = 1000;
    private const int Regions = 10;
    private const int Minutes = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        await using var bench = args.Contains("sqlite") ? await BenchStore.SqliteAsync() : await BenchStore.PostgresAsync();
        var time = new HandClock(BenchStore.Start.AddHours(2));
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
        Console.WriteLine(FormattableString.Invariant($"after a start, an hour of {Checks * Regions} check-regions stored: {resumed.Own:0.0} s of CPU, {resumed.Wall:0.0} s in all"));
        var (own, wall) = (0.0, 0.0);
        for (var minute = 0; minute < Minutes; minute++)
        {
            await StoreAsync(bench.Store, time.GetUtcNow());
            for (var round = 0; round < 4; round++)
            {
                time.Advance(TimeSpan.FromSeconds(15));
                var took = await MeasureAsync(() => worker.CompareOnceAsync(default));
                (own, wall) = (own + took.Own, wall + took.Wall);
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Checks * Regions} check-regions, a run a minute, a round every 15 s: {own / (60 * Minutes):0.0000} core here, with the database, which is asked one thing at a time, at most {wall / (60 * Minutes):0.0000}; {GC.GetTotalMemory(forceFullCollection: true) / 1e6:0} MB live"));
        return 0;
    }

    private static async Task<(double Own, double Wall)> MeasureAsync(Func<Task> work)
    {
        var (own, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        await work();
        return ((Environment.CpuUsage.TotalTime - own).TotalSeconds, clock.Elapsed.TotalSeconds);
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
            ["body_bytes"] = "2048",
            ["body_hash"] = $"{check:x16}",
            ["cert"] = $"{check:x16}/01234567",
            ["cf-ray"] = $"8f2a3b4c5d6e7f80-P{agent}",
            ["cf-cache-status"] = "HIT",
            ["age"] = "31",
            ["server"] = "cloudflare",
        },
    };

    private sealed class HandClock(DateTimeOffset now) : TimeProvider
    {
        private DateTimeOffset _now = now;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }

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
