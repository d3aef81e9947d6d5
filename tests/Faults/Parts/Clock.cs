namespace Probes.Faults.Parts;

/// <summary>The suite's own time: the machine's.</summary>
internal static class Clock
{
    /// <summary>Microseconds since the Unix epoch.</summary>
    public static long NowUs => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static Task Wait(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}
