using System.Text;

namespace Probes.Agent.Schedule;

/// <summary>
/// The times at which a check is due: k * interval + offset for every whole k, in ticks since the Unix epoch. They follow from the check's name,
/// its interval and the location alone, so neither a restart nor an update nor another agent's taking over moves them.
/// </summary>
internal readonly record struct ScheduleGrid(long Interval, long Offset)
{
    public static ScheduleGrid For(string check, string location, TimeSpan interval)
    {
        // Whole microseconds, as on the wire.
        var steps = (ulong)(interval.Ticks / TimeSpan.TicksPerMicrosecond);
        return new ScheduleGrid(interval.Ticks, (long)(Hash(check, location) % steps) * TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>The first due time after <paramref name="ticks"/>.</summary>
    public long NextAfter(long ticks) => LastAtOrBefore(ticks) + Interval;

    /// <summary>The last due time that is not after <paramref name="ticks"/>.</summary>
    public long LastAtOrBefore(long ticks)
    {
        var (steps, rest) = Math.DivRem(ticks - Offset, Interval);
        return ((rest < 0 ? steps - 1 : steps) * Interval) + Offset;
    }

    /// <summary>FNV-1a, 64 bits (draft-eastlake-fnv), then the finalizer of SplitMix64 so that like names lie far apart.</summary>
    private static ulong Hash(string check, string location)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes($"{check}\0{location}"))
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }
}
