namespace Probes.Contracts.Mapping;

/// <summary>Durations and times as the wire has them: microseconds.</summary>
public static class WireTimes
{
    public static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    public static long Us(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Clamped to what a <see cref="TimeSpan"/> holds.</summary>
    public static TimeSpan Span(long us) => new(Math.Clamp(us, long.MinValue / TimeSpan.TicksPerMicrosecond, long.MaxValue / TimeSpan.TicksPerMicrosecond) * TimeSpan.TicksPerMicrosecond);

    /// <summary>Null outside the years 1970 to 9999.</summary>
    public static DateTimeOffset? Time(long us) =>
        us >= 0 && us <= (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            ? DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond)
            : null;
}
