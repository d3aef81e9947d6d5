using System.Diagnostics;
using Probes.Faults.Parts;
using Probes.Faults.Plans;

namespace Probes.Faults.Soak;

/// <summary>A steady load for a long time, with nothing done to anyone: memory flat, spools drained, no error logged, every request accounted for.</summary>
internal sealed class SoakRun(World world, int minutes)
{
    /// <summary>
    /// Detection remembers an hour of minutes by design; here ten minutes, so that it is full when the warm-up of a run of half an hour is over. The target shares two cores, nine tenths busy, with all
    /// else: what it takes really rises by tens of milliseconds now and then, which is no false incident.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Settings =
        new Dictionary<string, string> { ["PROBES__DETECTION__BASELINEMINUTES"] = "10", ["PROBES__DETECTION__SHIFTMS"] = "100" };

    /// <summary>Of the time is warm-up: code is compiled, caches and pools fill, a first day's partition is made.</summary>
    private const double WarmUp = 0.45;

    /// <summary>MB per hour: what grows by this is a leak that a day shows.</summary>
    private const double MostSlope = 20;

    public async Task<int> RunAsync()
    {
        List<MemoryCurve> curves =
        [
            .. world.Replicas.Select(r => new MemoryCurve($"{r.Process.Name} live", () => r.LiveHeapMb)),
            .. world.Replicas.Select(r => new MemoryCurve($"{r.Process.Name} heap", () => r.HeldHeapMb)),
            .. world.Replicas.Select(r => new MemoryCurve(r.Process.Name, () => ProcessTree.MemoryMb(r.Process.Id))),
            .. world.Workers.Select(w => new MemoryCurve(w.Name, () => ProcessTree.MemoryMb(w.Process.Id))),
            new("broker", () => ProcessTree.MemoryMb(world.Broker.Id)),
        ];
        var (clock, from) = (Stopwatch.StartNew(), Clock.NowUs);
        for (var next = 0.0; clock.Elapsed.TotalMinutes < minutes; next += 5)
        {
            await Clock.Wait(Math.Max(0, next - clock.Elapsed.TotalSeconds));
            await Task.WhenAll(world.Replicas.Select(r => r.CountAsync()));
            foreach (var curve in curves)
            {
                curve.Note(clock.Elapsed.TotalHours);
            }
        }

        var run = new Run(world);
        run.Windows.Add(new Window("soak", from) { ToUs = Clock.NowUs, Recovered = 0 });
        await Clock.Wait(8);
        var (judged, unseen) = await run.JudgeAsync(run.Windows[0].ToUs);
        var code = await new Verdict(world, run.Windows, [.. judged.Where(j => j.AtUs >= from)], unseen).PrintAsync();
        var faults = Memory(curves).Concat(await SpoolsAsync()).Concat(Errors()).ToList();
        faults.ForEach(f => Console.WriteLine($"FAILED: {f}"));
        return faults.Count == 0 ? code : 1;
    }

    private List<string> Memory(List<MemoryCurve> curves)
    {
        var faults = new List<string>();
        Console.WriteLine($"\n{"memory",-22} {"at the end",10}  {"at most",10}  slope of the floor after {WarmUp:0%} of {minutes} min");
        foreach (var curve in curves)
        {
            if (curve.SlopeFrom(minutes * WarmUp / 60) is not var (slope, error))
            {
                continue;
            }

            Console.WriteLine($"{curve.Name,-22} {curve.LastMb,7:0.0} MB  {curve.MostMb,7:0.0} MB  {slope,7:0.0} MB/h, standard error {error:0.0}");

            // A short run cannot tell: its error is as large as any slope. The broker's memory goes as its own collector likes; it is shown.
            if (curve.Name != "broker" && slope - (3 * error) > MostSlope)
            {
                faults.Add($"{curve.Name} grows by {slope:0.0} MB/h (standard error {error:0.0}); at most {MostSlope} is flat");
            }
        }

        return faults;
    }

    private async Task<List<string>> SpoolsAsync()
    {
        // The orchestrator that has an agent's session knows; the other may say nothing of it.
        var depths = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var replica in world.Replicas)
        {
            foreach (var agent in (await replica.GetAsync("/api/v1/agents")).EnumerateArray())
            {
                var name = agent.GetProperty("name").GetString()!;
                depths[name] = Math.Max(depths.GetValueOrDefault(name), agent.GetProperty("spoolDepth").GetInt64());
            }
        }

        Console.WriteLine($"spools hold {string.Join(", ", depths.Select(d => $"{d.Value} of {d.Key}"))}");

        // What the last seconds made is on its way.
        return [.. depths.Where(d => d.Value > 5 * world.PerSecond).Select(d => $"the spool of {d.Key} is not drained: {d.Value} results")];
    }

    private IEnumerable<string> Errors() => world.Replicas.Select(r => r.Process).Concat(world.Workers.Select(w => w.Process)).Where(p => p.Errors > 0)
        .Select(p => $"{p.Name} logged {p.Errors} errors");
}
