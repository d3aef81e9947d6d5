using Cronos;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Maintenance;

/// <summary>Whole minutes since the Unix epoch, from inclusive, to exclusive.</summary>
internal readonly record struct MinuteSpan(long From, long To);

/// <summary>
/// When maintenance windows are. Pure. Schedules are read on the clock of their zone: a start that daylight saving time skips is the first moment after the gap, and one that comes twice counts
/// once unless the schedule repeats within hours; the duration is elapsed time.
/// </summary>
internal static class Occurrences
{
    /// <summary>Those that overlap a span of minutes, cut to it, in order, those that touch made one.</summary>
    /// <param name="revision">In force from its first whole minute on; a single one also says of the time before that it was maintenance.</param>
    public static IReadOnlyList<MinuteSpan> Between(CatalogWindow revision, long from, long to)
    {
        var spans = new List<MinuteSpan>();
        if (revision.Until is { } until)
        {
            to = Math.Min(to, Ceiling(until));
        }

        if (revision.Window.Schedule.Length > 0)
        {
            from = Math.Max(from, Floor(revision.Since));
        }

        foreach (var (start, end) in All(revision.Window, from, to))
        {
            var (first, last) = (Math.Max(from, start), Math.Min(to, end));
            if (first >= last)
            {
                continue;
            }

            if (spans.Count > 0 && spans[^1].To >= first)
            {
                spans[^1] = new MinuteSpan(spans[^1].From, Math.Max(spans[^1].To, last));
            }
            else
            {
                spans.Add(new MinuteSpan(first, last));
            }
        }

        return spans;
    }

    /// <summary>The one under way, or else the next to come; null when there is none any more.</summary>
    public static (DateTimeOffset From, DateTimeOffset To)? Next(MaintenanceWindow window, DateTimeOffset now) => window switch
    {
        { From: { } from, To: { } to } => now < to ? (from, to) : null,
        _ => CronExpression.Parse(window.Schedule).GetNextOccurrence(now - window.Duration, Zone(window)) is { } start
            ? (start.ToUniversalTime(), start.ToUniversalTime() + window.Duration) : null,
    };

    private static IEnumerable<(long From, long To)> All(MaintenanceWindow window, long from, long to)
    {
        if (from >= to)
        {
            return [];
        }

        return window is { From: { } first, To: { } last }
            ? [(Floor(first), Floor(last))]
            : CronExpression.Parse(window.Schedule).GetOccurrences(Time(from) - window.Duration, Time(to), Zone(window), fromInclusive: false, toInclusive: false)
                .Select(start => (Floor(start), Floor(start + window.Duration)));
    }

    private static TimeZoneInfo Zone(MaintenanceWindow window) => TimeZoneInfo.FindSystemTimeZoneById(window.TimeZone);

    private static DateTimeOffset Time(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    private static long Floor(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;

    private static long Ceiling(DateTimeOffset time) => Floor(time + TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
}
