using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Adherence;

/// <summary>How the stored periods must change so that they say what is to run now. Pure; planned again right after, it changes nothing.</summary>
/// <param name="Closed">Open periods that end, with their end; one that ends where it begins never counted.</param>
/// <param name="Opened">New ones.</param>
internal sealed record PeriodPlan(IReadOnlyList<(SchedulePeriod Period, long To)> Closed, IReadOnlyList<SchedulePeriod> Opened)
{
    /// <summary>What a change takes to reach agents; only whole minutes after it are counted.</summary>
    internal static readonly TimeSpan Settle = TimeSpan.FromSeconds(10);

    public bool Changes => Closed.Count + Opened.Count > 0;

    /// <summary>Every live check in every location it should run from, whether or not an agent is there now.</summary>
    public static Dictionary<SchedulePlace, TimeSpan> Wanted(CatalogSnapshot catalog)
    {
        var wanted = new Dictionary<SchedulePlace, TimeSpan>();
        foreach (var entry in catalog.Checks.Values)
        {
            foreach (var location in Regions.Places(catalog, entry.Check))
            {
                wanted[new SchedulePlace(entry.Id, location)] = entry.Check.Interval;
            }
        }

        return wanted;
    }

    /// <param name="open">Periods without an end, one for each place.</param>
    /// <param name="wanted">Intervals of what is to run.</param>
    /// <param name="now">By the orchestrator's clock.</param>
    public static PeriodPlan Make(IReadOnlyCollection<SchedulePeriod> open, IReadOnlyDictionary<SchedulePlace, TimeSpan> wanted, DateTimeOffset now)
    {
        var (ends, begins) = (Minute(now), Minute(now + Settle) + 1);
        var kept = new HashSet<SchedulePlace>();
        var closed = new List<(SchedulePeriod, long)>();
        foreach (var period in open)
        {
            if (wanted.TryGetValue(period.Place, out var interval) && interval == period.Interval)
            {
                kept.Add(period.Place);
            }
            else
            {
                closed.Add((period, Math.Max(period.From, ends)));
            }
        }

        // One that was closed before it began may have had the same first minute.
        return new PeriodPlan(closed, [.. wanted.Where(w => !kept.Contains(w.Key)).Select(w => new SchedulePeriod(w.Key, w.Value, begins, null))]);
    }

    internal static long Minute(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;
}
