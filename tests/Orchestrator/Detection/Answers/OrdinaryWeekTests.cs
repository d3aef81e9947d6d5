using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Answers;
using static Probes.Tests.Orchestrator.Detection.Answers.AnswersWorld;

namespace Probes.Tests.Orchestrator.Detection.Answers;

/// <summary>A week of what happens to sites that are well, a run a minute from four regions: nothing of it may flag a region.</summary>
public sealed class OrdinaryWeekTests
{
    private const int Week = 7 * 24 * 60;

    private static readonly Dictionary<string, (ProbeSpec Probe, Func<Random, Func<string, int, RunResult>> Answers)> Sites = new()
    {
        ["round robin, and a move to other addresses that takes a time to live to reach all"] = (AnswersWorld.Dns, RoundRobin),
        ["GeoDNS with a name that is not found now and then"] = (AnswersWorld.Dns, Geo),
        ["a CDN: now and then from a neighbour, two certificates in turn, renewed in eight minutes"] = (AnswersWorld.Http, Cdn),
        ["a page that changes once a day, behind caches that keep it up to half an hour"] = (AnswersWorld.Http, Daily),
        ["a page that differs on every request"] = (AnswersWorld.Http, (random => (_, _) => Body($"{random.Next()}"))),
    };

    private static IEnumerable<string> Names => Sites.Keys;

    [TestCaseSource(nameof(Names))]
    public void Nothing_flags(string name)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var (probe, answers) = Sites[name];
            var (world, answer) = (new AnswersWorld(probe), answers(new Random(seed)));
            var told = new HashSet<string>();
            for (var minute = 0; minute < Week; minute += 2)
            {
                var found = world.Run(2, answer).Compare();
                Assert.That(found.Where(d => d.Definite && d.Kind != DifferenceKind.DnsRefusal).Select(d => d.Words), Is.Empty, $"seed {seed}, minute {minute}");
                told.UnionWith(found.Select(d => $"{d.Kind} since {d.Since:ddd HH:mm}"));
            }

            TestContext.Out.WriteLine($"{name}, seed {seed}: {told.Count} told, 0 flag");
        }
    }

    private static Func<string, int, RunResult> RoundRobin(Random random) => (region, minute) =>
    {
        var moved = minute >= (Week / 2) + (Array.IndexOf(AnswersWorld.Regions, region) * 5 / 3);
        var (net, first) = (moved ? "198.51.100" : "192.0.2", random.Next(1, 7));
        return Answered($"{net}.{first}, {net}.{first + 1}", random.Next(1, 301));
    };

    private static Func<string, int, RunResult> Geo(Random random) => (region, _) =>
        random.Next(500) == 0 ? Refused(random.Next(2) == 0 ? "nxdomain" : "servfail") : Answered($"192.0.2.{10 + Array.IndexOf(AnswersWorld.Regions, region)}", 60);

    private static Func<string, int, RunResult> Cdn(Random random) => (region, minute) =>
    {
        var own = Array.IndexOf(AnswersWorld.Regions, region);
        // For half an hour each day a region is led to its neighbour; single runs are any time.
        var away = (minute + (own * 200)) % 1440 < 30 || random.Next(100) == 0;
        var renewed = minute >= (Week / 2) + (own * 8 / 3) ? "new" : "";
        return Passed($"192.0.2.{random.Next(1, 250)}:443", ("cf-ray", $"8f2a-P{(own + (away ? 1 : 0)) % 4}"), ("cert", random.Next(2) == 0 ? $"rsa{renewed}/root" : $"ecdsa{renewed}/other{renewed}"),
            ("cf-cache-status", random.Next(10) == 0 ? "MISS" : "HIT"));
    };

    private static Func<string, int, RunResult> Daily(Random random)
    {
        var lags = Enumerable.Range(0, 8).Select(_ => AnswersWorld.Regions.ToDictionary(r => r, _ => random.Next(31))).ToList();
        return (region, minute) => Body($"day {(minute >= ((minute / 1440) * 1440) + lags[minute / 1440][region] ? minute / 1440 : (minute / 1440) - 1)}");
    }
}
