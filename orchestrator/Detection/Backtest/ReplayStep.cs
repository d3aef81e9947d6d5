using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>One minute of the past: what a replay does for each, as live detection does each round. The one place for whatever a round reads besides minutes.</summary>
internal static class ReplayStep
{
    /// <param name="watches">What is judged.</param>
    /// <param name="catalog">The checks, and where they run.</param>
    /// <param name="windows">Maintenance windows of that time.</param>
    /// <param name="calendar">The same over a span that holds the minute.</param>
    /// <param name="minute">Since the Unix epoch.</param>
    /// <param name="rows">Its rollups.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Round> JudgeAsync(
        Watches watches, CatalogSnapshot catalog, IReadOnlyList<CatalogWindow> windows, MaintenanceCalendar calendar, long minute, IEnumerable<(RollupKey Key, byte[] Rollup)> rows,
        CancellationToken ct)
    {
        var now = At(minute);
        foreach (var (key, rollup) in rows)
        {
            watches.Take(catalog, calendar, key, rollup, now);
        }

        await watches.RecallAsync(catalog, now, int.MaxValue, ct);
        return watches.Judge(catalog, windows.Count == 0 ? calendar : MaintenanceCalendar.Of(catalog, windows, minute - 5, minute + 1), now);
    }

    /// <summary>When a minute is judged: all that it holds has been told by its end.</summary>
    public static DateTimeOffset At(long minute) => MinuteHistory.Start(minute).AddSeconds(59);
}
