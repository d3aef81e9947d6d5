using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Rollups;

namespace Probes.Benchmarks.Detection;

/// <summary>The product's own detection, fed with minute rollups as the store would give them.</summary>
internal sealed class OurJudge(Scenario scenario, DetectorOptions options) : IJudge
{
    /// <summary>A Monday.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<(int Check, int Region), RegionWatch> _watches = [];
    private readonly Dictionary<(int Check, int Region), Dictionary<RollupKey, Rollup>> _fresh = [];
    private readonly Dictionary<(int Check, int Region), Dictionary<long, Dictionary<int, byte[]>>> _stored = [];
    private readonly DetectorOptions _options = options.With(options.Significance / scenario.Regions);
    private readonly Blamer _blamer = new();
    private readonly AskedAgents _asked = new(scenario);
    private readonly Check[] _checks =
    [
        .. Enumerable.Range(0, scenario.Checks).Select(i => new Check { Name = $"check-{i}", Interval = scenario.Interval, Probe = new Contracts.Checks.TcpSpec { Host = "a.test", Port = 1 } }),
    ];

    public static int AgentId(int region, int agent) => (region * 10) + agent;

    public static string Region(int region) => $"region-{region}";

    public void Hear(in Told told)
    {
        var key = new RollupKey(told.Spot.Check, AgentId(told.Spot.Region, told.Spot.Agent), MinuteHistory.MinuteOf(Start + told.Spot.At));
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
            _watches[pair] = watch = new RegionWatch(_checks[pair.Check].Name, Region(pair.Region), at) { KnowsUsual = true, Hours = new HourSeries(28 * 24) };
            _stored[pair] = [];
        }

        // What it asked for in the look before is there now.
        if (watch.AsksUsual is { } window)
        {
            watch.Usual = Recall(_stored[pair], window);
        }

        var hour = MinuteHistory.MinuteOf(at - TimeSpan.FromMinutes(2)) / 60 * 60;
        if (watch.Hours!.Minute < hour - 60)
        {
            Tell(watch.Hours, _stored[pair], hour);
        }

        if (_fresh.TryGetValue(pair, out var fresh))
        {
            foreach (var (key, rollup) in fresh)
            {
                var bytes = RollupCodec.Encode(rollup);
                watch.History.Put(key, bytes);
                Keep(_stored[pair], key, bytes);
            }

            // What is three minutes old is not read again.
            var old = MinuteHistory.MinuteOf(at) - 3;
            foreach (var key in fresh.Keys.Where(k => k.Minute < old).ToList())
            {
                fresh.Remove(key);
            }
        }

        watch.Confirmations = _asked.Of(pair);
        var verdict = watch.Judge(_checks[pair.Check], at, _options);
        _asked.Doubt(pair, _checks[pair.Check], watch, verdict, at - Start);
        return verdict;
    }

    private static void Keep(Dictionary<long, Dictionary<int, byte[]>> stored, RollupKey key, byte[] bytes)
    {
        if (!stored.TryGetValue(key.Minute, out var agents))
        {
            stored[key.Minute] = agents = [];
        }

        agents[key.AgentId] = bytes;
    }

    private static UsualTimes Recall(Dictionary<long, Dictionary<int, byte[]>> stored, RegionWindow window)
    {
        var usual = new UsualTimes(MinuteHistory.MinuteOf(window.From), MinuteHistory.MinuteOf(window.To));
        foreach (var (first, end) in UsualTimes.DaysBack.Select(usual.Span))
        {
            for (var minute = first; minute < end; minute++)
            {
                foreach (var bytes in stored.GetValueOrDefault(minute)?.Values ?? Enumerable.Empty<byte[]>())
                {
                    usual.Put(minute, bytes);
                }
            }
        }

        return usual;
    }

    private static void Tell(HourSeries hours, Dictionary<long, Dictionary<int, byte[]>> stored, long to)
    {
        var sketch = new Sketch();
        for (var minute = to - 60; minute < to; minute++)
        {
            foreach (var bytes in stored.GetValueOrDefault(minute)?.Values ?? Enumerable.Empty<byte[]>())
            {
                RollupCodec.MergeInto(bytes, RollupPart.Total, sketch);
            }
        }

        if (sketch.Count > 0)
        {
            hours.Add(to - 60, sketch.Quantile(0.5));
        }

        hours.Judge(to);
    }
}
