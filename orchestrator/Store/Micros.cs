namespace Probes.Orchestrator.Store;

/// <summary>Times as the store keeps them: microseconds since the Unix epoch, and minutes of it.</summary>
internal static class Micros
{
    public const long PerMinute = 60_000_000;

    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    public static TimeSpan ToSpan(long micros) => new(micros * TimeSpan.TicksPerMicrosecond);

    public static long MinuteOf(long micros) => Floor(micros, PerMinute);

    /// <summary>The first whole minute at or after the time.</summary>
    public static long CeilingMinute(DateTimeOffset time) => -Floor(-Of(time), PerMinute);

    /// <summary>How many whole units the value is, rounded down also below zero.</summary>
    public static long Floor(long value, long unit) => value >= 0 ? value / unit : -((-value + unit - 1) / unit);
}
