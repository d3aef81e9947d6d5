using System.Text;

namespace Probes.Contracts.Checks;

/// <summary>
/// The times at which a check is due: k * interval + offset for every whole k, in ticks since the Unix epoch. They follow from the check's name,
/// its interval and the location alone, so neither a restart nor an update nor another agent's taking over moves them, and the orchestrator
/// counts what was due without asking anyone.
/// </summary>
/// <param name="Interval">Ticks; at least those of a microsecond.</param>
/// <param name="Offset">Ticks, 0 to less than the interval.</param>
public readonly record struct ScheduleGrid(long Interval, long Offset)
{
    /// <summary>A run that starts later than this after it was due counts as late.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(100);

    /// <param name="check">Name as on the wire.</param>
    /// <param name="location">Where it runs.</param>
    /// <param name="interval">At least a microsecond.</param>
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

    /// <summary>How many due times t there are with <paramref name="from"/> &lt;= t &lt; <paramref name="to"/>; 0 when the span is empty.</summary>
    public long Count(long from, long to) => to <= from ? 0 : (LastAtOrBefore(to - 1) - LastAtOrBefore(from - 1)) / Interval;

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
