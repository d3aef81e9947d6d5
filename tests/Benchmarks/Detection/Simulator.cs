using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;

namespace Probes.Benchmarks.Detection;

/// <summary>A run as the orchestrator hears of it.</summary>
/// <param name="Heard">When it is there to be judged.</param>
internal readonly record struct Told(Spot Spot, StoredRun Run, TimeSpan Heard);

/// <summary>
/// Makes a scenario's runs. Phases are lognormal around what the pair's distance makes of them; a Pareto tail slows some; the daily swing moves the
/// waiting time. What is heard comes two to four seconds after it ended, as over spool, bus and store.
/// </summary>
internal static class Simulator
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static List<Told> Runs(Scenario scenario)
    {
        var random = new Random(scenario.Seed);
        var near = Distances(scenario, random);
        var waits = Enumerable.Range(0, scenario.Checks).Select(_ => 20 * Math.Exp(1.2 * Gauss(random) + 0.8)).ToArray();
        var phase = random.NextDouble() * 2 * Math.PI;
        var offsets = Enumerable.Range(0, scenario.Checks).Select(_ => scenario.Interval * random.NextDouble()).ToArray();
        var told = new List<Told>();
        for (var check = 0; check < scenario.Checks; check++)
        {
            for (var due = offsets[check]; due < scenario.Length; due += scenario.Interval)
            {
                var swing = 1 + (scenario.Swing * Math.Sin((2 * Math.PI * due.TotalDays) + phase));
                for (var region = 0; region < scenario.Regions; region++)
                {
                    for (var agent = 0; agent < scenario.Agents; agent++)
                    {
                        var spot = new Spot(check, region, agent, due);
                        Tell(spot, Draw(scenario, spot, random, near[check, region], waits[check] * swing));
                    }
                }
            }
        }

        told.Sort((a, b) => a.Heard.CompareTo(b.Heard));
        return told;

        void Tell(Spot spot, Draft draft)
        {
            var took = Math.Min(draft.Total, Timeout.TotalMilliseconds);
            if (!draft.Lost)
            {
                told.Add(new Told(spot with { At = spot.At + draft.Skew < TimeSpan.Zero ? TimeSpan.Zero : spot.At + draft.Skew }, Stored(draft, took), spot.At + TimeSpan.FromMilliseconds(took + 2000 + (2000 * random.NextDouble()))));
            }
        }
    }

    /// <summary>One run at one moment, with whatever goes wrong then.</summary>
    public static Draft Draw(Scenario scenario, in Spot spot, Random random, double trip = 40, double wait = 40)
    {
        var draft = Plain(random, scenario, trip, wait);
        foreach (var effect in scenario.Effects)
        {
            if (spot.At >= effect.From && spot.At < effect.To && effect.Hits(spot))
            {
                effect.Apply(draft, random);
            }
        }

        if (draft.Total > Timeout.TotalMilliseconds && draft.Status == RunStatus.Passed)
        {
            draft.Status = RunStatus.TimedOut;
            draft.Source = FailureSource.Network;
        }

        return draft;
    }

    // Round trips in milliseconds; each target is near to some regions and far from others.
    private static double[,] Distances(Scenario scenario, Random random)
    {
        var near = new double[scenario.Checks, scenario.Regions];
        for (var check = 0; check < scenario.Checks; check++)
        {
            for (var region = 0; region < scenario.Regions; region++)
            {
                near[check, region] = 4 + (200 * Math.Pow(random.NextDouble(), 2));
            }
        }

        return near;
    }

    private static Draft Plain(Random random, Scenario scenario, double trip, double wait)
    {
        var draft = new Draft
        {
            Dns = Spread(random, 8, scenario.Noise * 2),
            Connect = Spread(random, trip, scenario.Noise / 2),
            Tls = Spread(random, 3 + (trip * 1.1), scenario.Noise / 2),
            Wait = Spread(random, wait + trip, scenario.Noise),
            Transfer = Spread(random, 2 + (trip / 10), scenario.Noise * 2),
        };
        if (random.NextDouble() < scenario.Tail)
        {
            // Pareto with exponent 1.5: rarely a little, now and then tenfold.
            draft.Wait *= Math.Min(40, Math.Pow(1 - random.NextDouble(), -1 / 1.5));
        }

        if (random.NextDouble() < scenario.Flakes)
        {
            draft.Fail(random.NextDouble() < 0.5 ? FailureSource.Network : FailureSource.Target);
        }

        return draft;
    }

    private static StoredRun Stored(Draft draft, double took)
    {
        static long Micros(double ms) => (long)(ms * 1000);
        return draft.Status == RunStatus.Passed
            ? new StoredRun(draft.Status, draft.Source, Micros(took), Micros(draft.Dns), Micros(draft.Connect), Micros(draft.Tls), 50, Micros(draft.Wait), Micros(draft.Transfer))
            : new StoredRun(draft.Status, draft.Source, Micros(took), draft.Source == FailureSource.Dns ? -1 : Micros(draft.Dns), -1, -1, -1, -1, -1);
    }

    private static double Spread(Random random, double middle, double sigma) => middle * Math.Exp(sigma * Gauss(random));

    // Box and Muller (1958).
    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
