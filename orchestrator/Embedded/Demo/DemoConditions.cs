using System.Collections.Concurrent;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>How each region fares now; DNS and target ask before every answer.</summary>
internal sealed class DemoConditions(Random random)
{
    // Spread of answer times around their median, as a log-normal's sigma: about what one sees over a good line.
    private const double Sigma = 0.12;
    private static readonly TimeSpan DnsMedian = TimeSpan.FromMilliseconds(4);

    private readonly ConcurrentDictionary<string, FaultKind> _faults = new(StringComparer.Ordinal);
    private readonly Lock _randomLock = new();

    internal void Set(string region, FaultKind kind) => _faults[region] = kind;

    internal FaultKind Of(string region) => _faults.GetValueOrDefault(region);

    internal TimeSpan DnsDelay(DemoRegion region) =>
        Jittered(DnsMedian) + (Of(region.Name) == FaultKind.SlowDns ? Jittered(DemoFault.DnsDelay) : TimeSpan.Zero);

    internal TimeSpan ServerDelay(DemoRegion region) =>
        Jittered(region.Distance) + (Of(region.Name) == FaultKind.SlowServer ? Jittered(DemoFault.ServerDelay) : TimeSpan.Zero);

    internal bool Fails(DemoRegion region)
    {
        if (Of(region.Name) != FaultKind.Failures)
        {
            return false;
        }

        lock (_randomLock)
        {
            return random.NextDouble() < DemoFault.FailureShare;
        }
    }

    private TimeSpan Jittered(TimeSpan median)
    {
        double u, v;
        lock (_randomLock)
        {
            (u, v) = (1 - random.NextDouble(), random.NextDouble());
        }

        // Box and Muller's transform of two uniform numbers to a normal one.
        var normal = Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
        return median * Math.Exp(Sigma * normal);
    }
}
