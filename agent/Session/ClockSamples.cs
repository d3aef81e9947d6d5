namespace Probes.Agent.Session;

/// <summary>One exchange of times with the orchestrator.</summary>
/// <param name="Offset">Orchestrator's clock minus this machine's; its error is at most half of <paramref name="RoundTrip"/>.</param>
/// <param name="RoundTrip">Time on the way, both ways.</param>
internal readonly record struct ClockSample(TimeSpan Offset, TimeSpan RoundTrip)
{
    /// <summary>As NTP does it (RFC 5905, section 8). All times in microseconds since the Unix epoch; the middle two by the other clock.</summary>
    public static ClockSample Of(long sent, long received, long replied, long now) => new(
        TimeSpan.FromMicroseconds(((received - sent) + (replied - now)) / 2),
        TimeSpan.FromMicroseconds(Math.Max(0, (now - sent) - (replied - received))));
}

/// <summary>The last 8 samples. The one with the least round trip has the least error (the clock filter of RFC 5905, section 10, much reduced).</summary>
internal sealed class ClockSamples
{
    private const int Most = 8;

    // Beyond the two samples' own errors and this, one of the clocks has been set in between: what came before is void.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    private readonly Queue<ClockSample> _samples = new();

    /// <returns>The offset to believe now.</returns>
    public TimeSpan Add(ClockSample sample)
    {
        if (_samples.Count > 0)
        {
            var best = Best();
            if ((sample.Offset - best.Offset).Duration() > ((sample.RoundTrip + best.RoundTrip) / 2) + Tolerance)
            {
                _samples.Clear();
            }
        }

        _samples.Enqueue(sample);
        if (_samples.Count > Most)
        {
            _samples.Dequeue();
        }

        return Best().Offset;
    }

    private ClockSample Best() => _samples.MinBy(s => s.RoundTrip);
}
