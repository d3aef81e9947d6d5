using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Rollups;

namespace Probes.Benchmarks.Detection;

/// <summary>The product's own detection, fed with minute rollups as the store would give them.</summary>
internal sealed class OurJudge(Scenario scenario, DetectorOptions options) : IJudge
{
    /// <summary>A Monday.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<(int Check, int Region), RegionWatch> _watches = [];
    private readonly Dictionary<(int Check, int Region), Dictionary<RollupKey, Rollup>> _fresh = [];
    private readonly Blamer _blamer = new();
    private readonly Check[] _checks =
    [
        .. Enumerable.Range(0, scenario.Checks).Select(i => new Check { Name = $"check-{i}", Interval = scenario.Interval, Probe = new Contracts.Checks.TcpSpec { Host = "a.test", Port = 1 } }),
    ];

    public void Hear(in Told told)
    {
        var key = new RollupKey(told.Spot.Check, (told.Spot.Region * 10) + told.Spot.Agent, MinuteHistory.MinuteOf(Start + told.Spot.At));
        var pair = (told.Spot.Check, told.Spot.Region);
        if (!_fresh.TryGetValue(pair, out var fresh))
        {
            _fresh[pair] = fresh = [];
        }

        if (!fresh.TryGetValue(key, out var rollup))
        {
            fresh[key] = rollup = new Rollup();
        }

        RollupBuilder.Add(rollup, told.Run);
    }

    public IReadOnlyList<Finding> Look(TimeSpan now)
    {
        var at = Start + now;
        var signs = new Dictionary<Sign, (int Check, int Region)>(ReferenceEqualityComparer.Instance);
        for (var check = 0; check < scenario.Checks; check++)
        {
            for (var region = 0; region < scenario.Regions; region++)
            {
                signs[new Sign(Judge((check, region), at), $"{_checks[check].Name}.test", scenario.Interval)] = (check, region);
            }
        }

        // Each agent runs every check, so that none is known by what it alone runs.
        return
        [
            .. from blamed in _blamer.Find(signs.Keys, _ => null)
               from sign in blamed.Signs
               let pair = signs[sign]
               select new Finding(pair.Check, pair.Region, blamed.Cause.Culprit, sign.Verdict.Evidence.Phase),
        ];
    }

    private Verdict Judge((int Check, int Region) pair, DateTimeOffset at)
    {
        if (!_watches.TryGetValue(pair, out var watch))
        {
            _watches[pair] = watch = new RegionWatch(_checks[pair.Check].Name, $"region-{pair.Region}", at);
        }

        if (_fresh.TryGetValue(pair, out var fresh))
        {
            foreach (var (key, rollup) in fresh)
            {
                watch.History.Put(key, RollupCodec.Encode(rollup));
            }

            // What is three minutes old is not read again.
            var old = MinuteHistory.MinuteOf(at) - 3;
            foreach (var key in fresh.Keys.Where(k => k.Minute < old).ToList())
            {
                fresh.Remove(key);
            }
        }

        return watch.Judge(_checks[pair.Check], at, options);
    }
}
