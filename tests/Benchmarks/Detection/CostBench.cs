using System.Diagnostics;
using Probes.Benchmarks.Store;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Detection;

/// <summary>
/// What detection costs: rounds as the product makes them - hours, the last minutes read from SQLite, every pair judged, causes sought - each five seconds of simulated time, with new runs in each,
/// as CPU per simulated second. Budget: 0.2 of a core for 10,000 check-regions.
/// </summary>
internal static class CostBench
{
    private const int Regions = 10;
    private const int Every = 5;
    private const int Minutes = 4;

    public static async Task<int> RunAsync(int pairs)
    {
        await using var bench = await BenchStore.SqliteAsync();
        var past = new FilledPast(pairs / Regions, Regions, runsEachMinute: 1);
        var first = MinuteHistory.MinuteOf(BenchStore.Start);
        past.Fill(bench, first - 75, first, (_, _, _) => 0);
        var seasons = new Seasons(bench.Store, ((ITiered)bench.Store).Tiers, new IncidentReader(new ContextFactory(bench.Target)));
        var watches = new Watches(new Blamer(), new DetectorOptions(), seasons);
        var calendar = MaintenanceCalendar.Of(past.Catalog, [], 0, 1);
        var clock = Stopwatch.StartNew();
        await watches.LoadAsync(bench.Store, past.Catalog, [], MinuteHistory.Start(first), MinuteHistory.Start(first), default);
        for (var i = 0; i < pairs / Regions; i += 100)
        {
            await watches.RecallAsync(past.Catalog, MinuteHistory.Start(first), 100, default);
        }

        Console.WriteLine($"{pairs:n0} check-regions, every 60 s; the past read in {clock.Elapsed.TotalSeconds:0.0} s; {GC.GetTotalMemory(true) / 1e6:0} MB live");
        var checks = past.Catalog.ChecksById.Keys.Order().ToList();
        var (took, worst, judged) = (TimeSpan.Zero, TimeSpan.Zero, 0);
        for (var second = Every; second <= 60 * (Minutes + 1); second += Every)
        {
            // Each check once a minute, at a second of its own; heard three seconds later.
            var heard = checks.Where(c => (c * 7919 % 60) is var due && (second - 3 - due + 120) % 60 < Every).ToLookup(c => first + (((second - 3) - (c * 7919 % 60) < 0) ? -1 : (second - 3 - (c * 7919 % 60)) / 60));
            foreach (var minute in heard.Where(h => h.Key >= first))
            {
                past.Add(bench, minute, minute.Key);
            }

            var (now, before) = (MinuteHistory.Start(first).AddSeconds(second), Process.GetCurrentProcess().TotalProcessorTime);
            await watches.RecallAsync(past.Catalog, now, 10, default);
            await bench.Store.VisitRollupsAsync(now.AddMinutes(-3), now.AddMinutes(2), (key, bytes) => watches.Take(past.Catalog, calendar, key, bytes, now), default);
            judged += watches.Judge(past.Catalog, calendar, now).Verdicts.Count;
            var cpu = Process.GetCurrentProcess().TotalProcessorTime - before;
            if (second > 60)
            {
                // The first minute compiles and fills.
                (took, worst) = (took + cpu, cpu > worst ? cpu : worst);
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{took.TotalSeconds / (60 * Minutes):0.000} of a core; a round of {Every} s takes {took.TotalMilliseconds / (60.0 * Minutes / Every):0} ms of CPU, {worst.TotalMilliseconds:0} ms at most; {judged:n0} judgments; {GC.GetTotalMemory(true) / 1e6:0} MB live"));
        return 0;
    }
}
