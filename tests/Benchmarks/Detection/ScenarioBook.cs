using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Benchmarks.Detection;

/// <summary>
/// The labelled scenarios: each family many times over with other seeds, which draw its size, shape and time. Families whose name begins with "calm" hold
/// nothing that ought to be flagged.
/// </summary>
internal static class ScenarioBook
{
    private static readonly TimeSpan Warm = TimeSpan.FromMinutes(90);
    private static readonly TimeSpan After = TimeSpan.FromMinutes(40);

    private static readonly (string Family, int Count, Func<Random, Scenario, Scenario> Make)[] Families =
    [
        ("calm", 30, (_, s) => s),
        ("calm: daily swing", 30, (r, s) => s with { Swing = 0.2 + (0.2 * r.NextDouble()) }),
        ("calm: heavy tail", 30, (r, s) => s with { Tail = 0.05 + (0.1 * r.NextDouble()), Noise = 0.35 }),
        ("calm: flakes", 30, (r, s) => s with { Flakes = 0.005 + (0.01 * r.NextDouble()) }),
        ("calm: small shift", 30, (r, s) => SmallShift(r, s)),
        ("calm: unfit agents", 25, (r, s) => Unfit(r, s)),
        ("calm: missing data", 25, (r, s) => Missing(r, s)),
        ("calm: drift", 25, (r, s) => Drift(r, s)),
        ("region slower", 50, (r, s) => Network(r, s)),
        ("route slower", 45, (r, s) => Slower(r, s, Culprit.Route)),
        ("target slower", 45, (r, s) => Slower(r, s, Culprit.Target)),
        ("target down", 25, (r, s) => Failing(r, s, Culprit.Target, 1)),
        ("region cut off", 25, (r, s) => Failing(r, s, Culprit.Region, 1)),
        ("route down", 30, (r, s) => Failing(r, s, Culprit.Route, 1)),
        ("partial outage", 35, (r, s) => Failing(r, s, r.Next(2) == 0 ? Culprit.Route : Culprit.Target, 0.3 + (0.4 * r.NextDouble()))),
        ("packet loss", 30, (r, s) => Loss(r, s)),
        ("slow resolver", 20, (r, s) => Resolver(r, s)),
        ("one agent slower", 25, (r, s) => OneAgent(r, s)),
    ];

    /// <summary>All of them, in a fixed order; every second of each family is held back.</summary>
    public static IReadOnlyList<Scenario> All()
    {
        var all = new List<Scenario>();
        foreach (var (family, count, make) in Families)
        {
            for (var i = 0; i < count; i++)
            {
                var seed = (all.Count * 7919) + 17;
                all.Add(make(new Random(seed + 1), Plain(new Random(seed), family, seed)));
            }
        }

        return all;
    }

    private static Scenario Plain(Random random, string family, int seed)
    {
        var interval = random.Next(4) switch { 0 => 10, 1 => 30, 2 => 60, _ => 60 };
        return new Scenario
        {
            Family = family,
            Seed = seed,
            Interval = TimeSpan.FromSeconds(interval),
            Length = TimeSpan.FromHours(4),
            Checks = 2 + random.Next(2),
            Regions = 3 + random.Next(3),
            Agents = 1 + random.Next(2),
            Noise = 0.08 + (0.15 * random.NextDouble()),
            Tail = 0.005 + (0.015 * random.NextDouble()),
            Swing = 0.1 * random.NextDouble(),
        };
    }

    // 1. What must not be flagged.
    private static Scenario SmallShift(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var ratio = 0.03 + (0.08 * r.NextDouble());
        return s with { Effects = [new Effect(from, to, _ => true, (d, _) => d.Wait *= 1 + ratio)] };
    }

    private static Scenario Unfit(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var region = r.Next(s.Regions);
        return s with
        {
            Effects = [new Effect(from, to, p => p.Region == region && p.Agent == 0, (d, _) =>
            {
                d.Wait *= 8;
                d.Source = FailureSource.Agent;
            })],
        };
    }

    private static Scenario Missing(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (region, all) = (r.Next(s.Regions), r.Next(2) == 0);
        return s with { Effects = [new Effect(from, to, p => p.Region == region && (all || p.Agent == 0), (d, _) => d.Lost = true)] };
    }

    private static Scenario Drift(Random r, Scenario s)
    {
        var steps = 24;
        var each = 0.25 * r.NextDouble() / steps;
        return s with { Effects = [.. Enumerable.Range(1, steps).Select(i => new Effect(s.Length * i / (steps + 1), s.Length, _ => true, (d, _) => d.Wait *= 1 + each))] };
    }

    // 2. What must be.
    private static Scenario Network(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (region, more) = (r.Next(s.Regions), 60 + (240 * r.NextDouble()));
        return Labelled(s, from, to, p => p.Region == region, Culprit.Region, null, (d, _) =>
        {
            d.Connect += more;
            d.Tls += more;
            d.Wait += more;
        });
    }

    private static Scenario Slower(Random r, Scenario s, Culprit culprit)
    {
        var (from, to) = Span(r, s);
        var (check, region) = (r.Next(s.Checks), r.Next(s.Regions));
        var phase = r.Next(4) switch { 0 => Phase.Connect, 1 => Phase.Tls, 2 => Phase.Wait, _ => Phase.Wait };
        var (ratio, least) = (0.6 + (2 * r.NextDouble()), 50 + (100 * r.NextDouble()));
        return Labelled(s, from, to, p => p.Check == check && (culprit == Culprit.Target || p.Region == region), culprit, phase, (d, _) =>
        {
            var more = Math.Max(least, ratio * d.Total) * 1.0;
            d.Connect += phase == Phase.Connect ? more : 0;
            d.Tls += phase == Phase.Tls ? more : 0;
            d.Wait += phase == Phase.Wait ? more : 0;
        });
    }

    private static Scenario Failing(Random r, Scenario s, Culprit culprit, double part)
    {
        var (from, to) = Span(r, s);
        var (check, region) = (r.Next(s.Checks), r.Next(s.Regions));
        return Labelled(s, from, to, p => (culprit == Culprit.Region || p.Check == check) && (culprit == Culprit.Target || p.Region == region), culprit, null, (d, x) =>
        {
            if (x.NextDouble() < part)
            {
                d.Fail(culprit == Culprit.Target ? FailureSource.Target : FailureSource.Network);
            }
        });
    }

    // A lost SYN costs a second more (RFC 6298: first retransmission after 1 s), a lost segment some 200 ms (Linux' least RTO).
    private static Scenario Loss(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (region, part) = (r.Next(s.Regions), 0.15 + (0.2 * r.NextDouble()));
        return Labelled(s, from, to, p => p.Region == region, Culprit.Region, null, (d, x) =>
        {
            for (var lost = 1; x.NextDouble() < part; lost *= 2)
            {
                d.Connect += 1000 * lost;
            }

            d.Tls += x.NextDouble() < 2 * part ? 200 : 0;
            d.Wait += x.NextDouble() < 2 * part ? 200 : 0;
        });
    }

    private static Scenario Resolver(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (region, more) = (r.Next(s.Regions), 80 + (300 * r.NextDouble()));
        return Labelled(s, from, to, p => p.Region == region, Culprit.Region, Phase.Dns, (d, _) => d.Dns += more);
    }

    private static Scenario OneAgent(Random r, Scenario s)
    {
        s = s with { Agents = 3 };
        var (from, to) = Span(r, s);
        var (region, agent, more) = (r.Next(s.Regions), r.Next(3), 150 + (300 * r.NextDouble()));
        var effect = new Effect(from, to, p => p.Region == region && p.Agent == agent, (d, _) =>
        {
            d.Connect += more;
            d.Wait += more;
        });
        return s with { Effects = [effect], Labels = [new Label(from, to, Pairs(s, p => p.Region == region), Culprit.Agent, null)] };
    }

    private static Scenario Labelled(Scenario s, TimeSpan from, TimeSpan to, Func<Spot, bool> hits, Culprit culprit, Phase? phase, Action<Draft, Random> apply) =>
        s with { Effects = [new Effect(from, to, hits, apply)], Labels = [new Label(from, to, Pairs(s, hits), culprit, phase)] };

    private static List<(int Check, int Region)> Pairs(Scenario s, Func<Spot, bool> hits) =>
    [
        .. from check in Enumerable.Range(0, s.Checks)
           from region in Enumerable.Range(0, s.Regions)
           where hits(new Spot(check, region, 0, default))
           select (check, region),
    ];

    // When a fault is: after the baseline is known, and over before the end.
    private static (TimeSpan From, TimeSpan To) Span(Random r, Scenario s)
    {
        var length = TimeSpan.FromMinutes(15 + (35 * r.NextDouble()));
        var from = Warm + ((s.Length - Warm - After - length) * r.NextDouble());
        return (from, from + length);
    }
}
