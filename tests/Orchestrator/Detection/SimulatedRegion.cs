using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

/// <summary>How runs of a simulated region fare at one time.</summary>
internal sealed record Weather
{
    public double DnsMs { get; init; } = 4;
    public double WaitMs { get; init; } = 40;
    /// <summary>Log-normal spread of both.</summary>
    public double Sigma { get; init; } = 0.12;
    /// <summary>Share of runs that fail, and by whose fault.</summary>
    public double Failing { get; init; }
    /// <summary>Share of runs that wait <see cref="SlowMs"/> more.</summary>
    public double Slow { get; init; }
    public double SlowMs { get; init; }
    public FailureSource Source { get; init; } = FailureSource.Target;
    public bool Silent { get; init; }
}

/// <summary>One region's runs on a grid, seen by the detector a few seconds late and judged every five seconds, as in the product.</summary>
internal sealed class SimulatedRegion
{
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(3);

    private readonly Random _random;
    private readonly Check _check;
    private readonly Queue<(DateTimeOffset Due, StoredRun Run)> _underway = new();
    private readonly Dictionary<long, Rollup> _minutes = [];
    private DateTimeOffset _due;

    public SimulatedRegion(int seed, double intervalSeconds, double phase = 0)
    {
        _random = new Random(seed);
        _check = new Check { Name = "shop", Interval = TimeSpan.FromSeconds(intervalSeconds), Probe = new TcpSpec { Host = "shop.test", Port = 443 } };
        _due = Start.AddSeconds(phase);
        Watch = new RegionWatch("shop", "us-east", Start);
        Now = Start;
    }

    public RegionWatch Watch { get; }

    public DateTimeOffset Now { get; private set; }

    public Verdict Verdict { get; private set; } = null!;

    public DetectorOptions Options { get; } = new();

    /// <summary>Lets time pass; returns every verdict on the way.</summary>
    public List<Verdict> Pass(TimeSpan time, Weather weather)
    {
        var verdicts = new List<Verdict>();
        for (var end = Now + time; Now < end;)
        {
            Now += TimeSpan.FromSeconds(Options.EverySeconds);
            for (; _due < Now; _due += _check.Interval)
            {
                if (!weather.Silent)
                {
                    _underway.Enqueue((_due, Run(weather)));
                }
            }

            Arrive();
            Verdict = Watch.Judge(_check, Now, Options);
            verdicts.Add(Verdict);
        }

        return verdicts;
    }

    /// <summary>How long until the region is flagged; null when it is not within the time.</summary>
    public TimeSpan? UntilFlagged(TimeSpan most, Weather weather)
    {
        var from = Now;
        var first = Pass(most, weather).FirstOrDefault(v => v.Level is Level.Degraded or Level.Down);
        return first is null ? null : first.JudgedAt - from;
    }

    private void Arrive()
    {
        var touched = new HashSet<long>();
        while (_underway.TryPeek(out var next) && next.Due + Delay <= Now)
        {
            _underway.Dequeue();
            var minute = MinuteHistory.MinuteOf(next.Due);
            if (!_minutes.TryGetValue(minute, out var rollup))
            {
                _minutes[minute] = rollup = new Rollup();
            }

            RollupBuilder.Add(rollup, next.Run);
            touched.Add(minute);
        }

        foreach (var minute in touched)
        {
            Watch.History.Put(new RollupKey(1, 1, minute), RollupCodec.Encode(_minutes[minute]));
        }
    }

    private StoredRun Run(Weather weather)
    {
        var (dns, wait) = (Micros(weather.DnsMs, weather.Sigma), Micros(weather.WaitMs, weather.Sigma));
        wait += weather.Slow > 0 && _random.NextDouble() < weather.Slow ? (long)(1000 * weather.SlowMs) : 0;
        return _random.NextDouble() < weather.Failing
            ? new StoredRun(RunStatus.Failed, weather.Source, dns, dns, -1, -1, -1, -1, -1)
            : new StoredRun(RunStatus.Passed, FailureSource.None, dns + wait + 1000, dns, 500, -1, 100, wait, 400);
    }

    private long Micros(double medianMs, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return (long)(1000 * medianMs * Math.Exp(sigma * normal));
    }
}
