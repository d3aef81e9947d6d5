using System.Diagnostics;
using Probes.Orchestrator.Detection;

namespace Probes.Benchmarks.Detection;

/// <summary>
/// Weeks in which nothing is wrong: distances, daily swing, heavy tails and flakes drawn anew for each week, judged as they would be live. What is flagged is false, and is told per check-month.
/// </summary>
internal static class CalmBench
{
    public static int Run(int weeks)
    {
        var clock = Stopwatch.StartNew();
        var (months, flagged, byKind) = (0.0, 0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        var gate = new Lock();
        Parallel.For(0, weeks, i =>
        {
            var scenario = Week(i);
            var episodes = DetectionBench.Play(scenario, new OurJudge(scenario, new DetectorOptions()));
            lock (gate)
            {
                months += scenario.Checks * scenario.Length.TotalDays / 30;
                flagged += episodes.Count;
                byKind[scenario.Family] = byKind.GetValueOrDefault(scenario.Family) + episodes.Count;
                foreach (var e in episodes)
                {
                    Console.WriteLine($"  {scenario.Family}, week {i}: check {e.Check} in region {e.Region} from {e.From} to {e.To}, {e.Culprit} {e.Phase}");
                }
            }
        });
        foreach (var (kind, count) in byKind)
        {
            Console.WriteLine($"{kind,-20} {count} false");
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{weeks} weeks, {months:0.0} check-months of five regions: {flagged} false alarms, {flagged / months:0.00} a check-month ({clock.Elapsed.TotalSeconds:0} s)"));
        return 0;
    }

    private static Scenario Week(int number)
    {
        var random = new Random(10_000 + number);
        var plain = new Scenario
        {
            Family = "plain",
            Seed = number,
            Length = TimeSpan.FromDays(7),
            Interval = TimeSpan.FromSeconds(60),
            Checks = 3,
            Regions = 5,
            Agents = 1,
            Noise = 0.08 + (0.15 * random.NextDouble()),
            Tail = 0.01,
            Swing = 0.1 * random.NextDouble(),
        };
        return (number % 5) switch
        {
            0 => plain,
            1 => plain with { Family = "daily swing", Swing = 0.2 + (0.2 * random.NextDouble()) },
            2 => plain with { Family = "heavy tail", Tail = 0.05 + (0.1 * random.NextDouble()), Noise = 0.35 },
            3 => plain with { Family = "often", Interval = TimeSpan.FromSeconds(10), Length = TimeSpan.FromDays(2) },
            _ => plain with { Family = "flakes", Flakes = 0.003 + (0.007 * random.NextDouble()) },
        };
    }
}
