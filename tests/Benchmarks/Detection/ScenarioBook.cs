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
        ("calm: clock skew", 15, (r, s) => Skewed(r, s)),
        ("calm: deploy shift", 20, (r, s) => Deploys(r, s)),
        ("calm: nightly batch", 12, (r, s) => Nightly(r, s, beside: false)),
        ("slow beside nightly batch", 12, (r, s) => Nightly(r, s, beside: true)),
        ("creeping slowness", 12, (r, s) => Creeping(r, s)),
        ("calm: sparse check", 12, (r, s) => Sparse(r, s) with { Swing = 0.2 }),
        ("sparse check", 20, (r, s) => OnSparse(r, Sparse(r, s))),
        ("CDN misroute", 20, (r, s) => Misroute(r, s)),
    ];

    /// <summary>All of them, in a fixed order; every second of each family is held back.</summary>
    /// <param name="set">Which seeds: 1 has those that detection was made with, every other one are new.</param>
    public static IReadOnlyList<Scenario> All(int set)
    {
        var all = new List<Scenario>();
        foreach (var (family, count, make) in Families)
        {
            for (var i = 0; i < count; i++)
            {
                var seed = (all.Count * 7919) + 17 + ((set - 1) * 15_485_863);
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

    // An agent whose clock is off by up to a minute and a half: its runs land in other minutes, and some times hold two runs or none.
    private static Scenario Skewed(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (region, off) = (r.Next(s.Regions), TimeSpan.FromSeconds(r.Next(-90, 5)));
        return s with { Effects = [new Effect(from, to, p => p.Region == region && p.Agent == 0, (d, _) => d.Skew = off)] };
    }

    // Releases move latency up or down a little, for good, everywhere.
    private static Scenario Deploys(Random r, Scenario s) => s with
    {
        Effects = [.. Enumerable.Range(0, 4).Select(_ => (At: Warm + ((s.Length - Warm) * r.NextDouble()), Ratio: 0.88 + (0.24 * r.NextDouble())))
            .Select(d => new Effect(d.At, s.Length, _ => true, (x, _) => x.Wait *= d.Ratio))],
    };

    // Every night at the same time, give or take ten minutes, one target is much slower for 20 to 50 minutes. Five nights; the first three are to learn from.
    private static Scenario Nightly(Random r, Scenario s, bool beside)
    {
        s = s with { Length = TimeSpan.FromDays(5), Interval = TimeSpan.FromSeconds(60), Checks = 2, Regions = 3, Agents = 1, CountedFrom = TimeSpan.FromDays(3) };
        var (check, hour, length, more) = (r.Next(s.Checks), 2 + (20 * r.NextDouble()), TimeSpan.FromMinutes(20 + (30 * r.NextDouble())), 100 + (200 * r.NextDouble()));
        var nights = Enumerable.Range(0, 5).Select(d => TimeSpan.FromDays(d) + TimeSpan.FromHours(hour) + TimeSpan.FromMinutes(10 * (r.NextDouble() - 0.5)));
        List<Effect> effects = [.. nights.Select(at => new Effect(at, at + length, p => p.Check == check, (d, x) => d.Wait += more * (0.9 + (0.2 * x.NextDouble()))))];
        if (!beside)
        {
            return s with { Effects = effects };
        }

        // The same target is as slow on the last day, at least three hours from its usual time.
        var from = TimeSpan.FromDays(4) + TimeSpan.FromHours(Math.Min(22, (hour + 3 + (15 * r.NextDouble())) % 24));
        from = Math.Abs(from.TotalHours - 96 - hour) < 3 ? TimeSpan.FromDays(4) + TimeSpan.FromHours(hour < 12 ? hour + 6 : hour - 6) : from;
        var to = from + TimeSpan.FromMinutes(30);
        effects.Add(new Effect(from, to, p => p.Check == check, (d, _) => d.Wait += more));
        return s with { Effects = effects, Labels = [new Label(from, to, Pairs(s, p => p.Check == check), Culprit.Target, Phase.Wait)] };
    }

    // One target becomes twice to three times as slow over six to ten hours: no hour is much worse than the one before.
    private static Scenario Creeping(Random r, Scenario s)
    {
        s = s with { Length = TimeSpan.FromDays(5), Interval = TimeSpan.FromSeconds(60), Checks = 2, Regions = 3, Agents = 1, Swing = 0.1, CountedFrom = TimeSpan.FromDays(3) };
        var (check, from, hours, times) = (r.Next(s.Checks), TimeSpan.FromDays(3.2 + r.NextDouble()), 6 + (4 * r.NextDouble()), 2 + r.NextDouble());
        var steps = 60;
        var each = Math.Pow(times, 1.0 / steps);
        var rising = Enumerable.Range(0, steps).Select(i => new Effect(from + TimeSpan.FromHours(hours * i / steps), s.Length, p => p.Check == check, (d, _) =>
        {
            d.Connect *= each;
            d.Tls *= each;
            d.Wait *= each;
        }));
        return s with { Effects = [.. rising], Labels = [new Label(from, s.Length, Pairs(s, p => p.Check == check), Culprit.Target, null)] };
    }

    // Five minutes to half an hour between runs.
    private static Scenario Sparse(Random r, Scenario s)
    {
        var minutes = r.Next(3) switch { 0 => 5, 1 => 10, _ => 30 };
        return s with { Length = TimeSpan.FromHours(Math.Max(30, minutes * 4)), Interval = TimeSpan.FromMinutes(minutes), Agents = 1, CountedFrom = TimeSpan.FromHours(minutes * 1.2) };
    }

    private static Scenario OnSparse(Random r, Scenario s)
    {
        var length = s.Interval * (8 + (8 * r.NextDouble()));
        var from = s.CountedFrom + ((s.Length - s.CountedFrom - (2 * length)) * r.NextDouble());
        var (check, fails, more) = (r.Next(s.Checks), r.Next(2) == 0, 150 + (200 * r.NextDouble()));
        return Labelled(s, from, from + length, p => p.Check == check, Culprit.Target, fails ? null : Phase.Wait, (d, _) =>
        {
            d.Wait += fails ? 0 : more;
            if (fails)
            {
                d.Fail(FailureSource.Target);
            }
        });
    }

    // One region is sent to a point of presence far away: everything that takes a round trip takes longer, the server itself does not.
    private static Scenario Misroute(Random r, Scenario s)
    {
        var (from, to) = Span(r, s);
        var (check, region, trip) = (r.Next(s.Checks), r.Next(s.Regions), 80 + (120 * r.NextDouble()));
        return Labelled(s, from, to, p => p.Check == check && p.Region == region, Culprit.Route, null, (d, _) =>
        {
            d.Connect += trip;
            d.Tls += trip;
            d.Wait += trip;
        });
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
