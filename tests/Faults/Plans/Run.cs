using System.Diagnostics;
using Probes.Faults.Accounting;
using Probes.Faults.Parts;

namespace Probes.Faults.Plans;

/// <summary>Does faults to a world one after the other, and holds the target's log against the store.</summary>
internal sealed class Run(World world)
{
    private const double Limit = 120;

    /// <summary>A result is under way for so long: the run, the batch, the bus, the store.</summary>
    private const long UnderWayUs = 4_000_000;

    private readonly Missing _missing = new(world);

    public List<Window> Windows { get; } = [];

    public async Task DoAsync(IEnumerable<Fault> faults)
    {
        foreach (var fault in faults)
        {
            var skipped = fault.Needs?.Invoke(world);
            var window = new Window(fault.Name, Clock.NowUs) { Skipped = skipped, Drops = fault.Drops && skipped is null };
            Windows.Add(window);
            if (skipped is null)
            {
                var before = await DuplicatesAsync();
                await fault.Do(world);
                window.Recovered = await RecoverAsync(window);
                window.Duplicates = await DuplicatesAsync() - before;
                await Clock.Wait(1);
            }

            window.ToUs = Clock.NowUs;
            Console.WriteLine(skipped is null ? $"  {fault.Name}: {(window.Recovered is { } s ? $"recovered in {s:0.0} s" : $"NOT recovered in {Limit} s")}"
                : $"  {fault.Name}: left out, {skipped}");
        }
    }

    /// <summary>Every request that the target saw until now, and what became of it.</summary>
    public async Task<(List<Judged> Judged, int Unseen)> JudgeAsync(long beforeUs)
    {
        var judged = await ReckonAsync(Windows[0].FromUs - 60_000_000, 0, beforeUs, (_, _) => false);
        if (judged.Judged.Any(j => j.Fate == Fate.Lost))
        {
            // Only what the orchestrator itself says it misses is explained, and only by a kill.
            await _missing.LoadAsync(judged.Judged.Where(j => j.Fate == Fate.Lost));
            judged = await ReckonAsync(Windows[0].FromUs - 60_000_000, 0, beforeUs, _missing.Explains);
        }

        return judged;
    }

    private async Task<double?> RecoverAsync(Window window)
    {
        var (over, clock) = (Clock.NowUs, Stopwatch.StartNew());
        while (clock.Elapsed.TotalSeconds < Limit)
        {
            await Clock.Wait(0.5);
            try
            {
                var (judged, _) = await ReckonAsync(window.FromUs - 60_000_000, window.FromUs, Clock.NowUs - UnderWayUs, _missing.MayBe);
                var fresh = judged.Where(j => j.AtUs > over && j.Fate == Fate.Stored).Select(j => World.AgentOf(j.Check)).Distinct().Count();
                if (fresh == world.Workers.Count && judged.All(j => j.Fate != Fate.Lost))
                {
                    return Math.Max(0, clock.Elapsed.TotalSeconds - (UnderWayUs / 1e6));
                }
            }
            catch (Npgsql.NpgsqlException)
            {
                // The database is not back yet.
            }
        }

        return null;
    }

    private async Task<(List<Judged> Judged, int Unseen)> ReckonAsync(long storedFromUs, long fromUs, long beforeUs, Func<string, long, bool> missed)
    {
        var reckoning = new Reckoning(world.Hits, World.Interval, world.Shifts);
        var earliest = storedFromUs + Math.Min(0, world.Shifts.DefaultIfEmpty().Min());
        var judged = reckoning.Judge(await world.Evidence.RunsAsync(earliest), await world.Evidence.GapsAsync(), World.AgentOf, beforeUs, missed);
        return ([.. judged.Where(j => j.AtUs >= fromUs)], reckoning.Unseen);
    }

    private async Task<long> DuplicatesAsync()
    {
        foreach (var replica in world.Replicas)
        {
            await replica.CountAsync();
        }

        return world.Replicas.Sum(r => r.Counters["probes_results_duplicate_total"]);
    }
}
