using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Adherence;

/// <summary>Periods and rollups of a span of whole minutes, put side by side. Expected runs are computed from the grid, not counted.</summary>
internal sealed class AdherenceBoard
{
    /// <summary>What a result may take through spool, bus and rollup once its run has ended.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(30);

    private readonly CatalogSnapshot _catalog;
    private readonly long _from;
    private readonly long _to;
    private readonly Dictionary<SchedulePlace, List<SchedulePeriod>> _periods;
    private readonly Dictionary<SchedulePlace, MinuteSeen[]> _seen = [];
    private readonly Dictionary<SchedulePlace, long[]> _dropped = [];
    private readonly ILookup<SchedulePlace, StoredGap> _gaps;

    /// <param name="catalog">Names of checks and places of agents.</param>
    /// <param name="periods">Those that overlap the span.</param>
    /// <param name="gaps">Likewise, of results that agents gave up.</param>
    /// <param name="from">First minute since the Unix epoch.</param>
    /// <param name="to">The minute after the last.</param>
    public AdherenceBoard(CatalogSnapshot catalog, IEnumerable<SchedulePeriod> periods, IEnumerable<StoredGap> gaps, long from, long to)
    {
        (_catalog, _from, _to) = (catalog, from, Math.Max(from, to));
        _periods = periods.GroupBy(p => p.Place).ToDictionary(g => g.Key, g => g.ToList());
        _gaps = gaps.Where(g => g.CheckId is not null && catalog.AgentsById.ContainsKey(g.AgentId))
            .ToLookup(g => new SchedulePlace(g.CheckId!.Value, catalog.AgentsById[g.AgentId].Location));
    }

    public IEnumerable<SchedulePlace> Places => _periods.Keys;

    /// <summary>The first minute of which results may still be on the way.</summary>
    public static long Settled(Check check, DateTimeOffset now) => PeriodPlan.Minute(now - check.LongestRun - OnTheWay);

    /// <summary>Takes in one rollup; what is not of a place and minute on the board is left out.</summary>
    public void See(RollupKey key, ReadOnlySpan<byte> rollup)
    {
        if (key.Minute < _from || key.Minute >= _to || !_catalog.AgentsById.TryGetValue(key.AgentId, out var agent))
        {
            return;
        }

        var place = new SchedulePlace(key.CheckId, agent.Location);
        if (!_periods.ContainsKey(place))
        {
            return;
        }

        if (!_seen.TryGetValue(place, out var minutes))
        {
            _seen[place] = minutes = new MinuteSeen[_to - _from];
        }

        var (counts, late) = RollupCodec.Adherence(rollup);
        ref var minute = ref minutes[key.Minute - _from];
        minute = minute.Plus(counts, late);
    }

    /// <summary>What agents report given up there, as it came in.</summary>
    public IEnumerable<StoredGap> Gaps(SchedulePlace place) => _gaps[place];

    /// <summary>One place over a part of the board's span.</summary>
    /// <param name="settled">From <see cref="Settled"/>.</param>
    public RunTally Tally(SchedulePlace place, long from, long to, long settled) =>
        Minutes(place, from, to, settled).Aggregate(default(RunTally), (sum, minute) => sum + minute.Runs);

    /// <summary>One place over the whole span.</summary>
    /// <param name="settled">From <see cref="Settled"/>.</param>
    /// <param name="maintenance">For each minute of the span.</param>
    public AvailabilityTally Availability(SchedulePlace place, long settled, bool[] maintenance) =>
        Minutes(place, _from, _to, settled).Aggregate(default(AvailabilityTally), (sum, minute) => sum + AvailabilityTally.Of(minute.Runs, minute.Seen, maintenance[minute.At - _from]));

    private IEnumerable<(long At, RunTally Runs, MinuteSeen Seen)> Minutes(SchedulePlace place, long from, long to, long settled)
    {
        if (!_catalog.ChecksById.TryGetValue(place.CheckId, out var check))
        {
            yield break;
        }

        var (seen, dropped) = (_seen.GetValueOrDefault(place), Dropped(place, check.Check.Name));
        foreach (var period in _periods.GetValueOrDefault(place) ?? [])
        {
            var grid = ScheduleGrid.For(check.Check.Name, place.Location, period.Interval);
            var (first, end) = (Math.Max(Math.Max(from, _from), period.From), Math.Min(Math.Min(to, _to), period.To ?? long.MaxValue));
            for (var minute = first; minute < end; minute++)
            {
                var here = seen is null ? default : seen[minute - _from];
                yield return (minute, RunTally.Of(Expected(grid, minute), here, minute < settled, dropped is null ? 0 : dropped[minute - _from]), here);
            }
        }
    }

    private static long Expected(ScheduleGrid grid, long minute) => grid.Count(minute * TimeSpan.TicksPerMinute, (minute + 1) * TimeSpan.TicksPerMinute);

    /// <summary>
    /// Which minutes they are of: a gap tells when the first and the last of them were due, so they are those due then whose results are not here, the earliest first. What was due before or after
    /// is none of them, though it be in the same minute.
    /// </summary>
    private long[]? Dropped(SchedulePlace place, string check)
    {
        if (_dropped.TryGetValue(place, out var minutes) || !_gaps.Contains(place))
        {
            return minutes;
        }

        var (lacking, grids, seen) = (new long[_to - _from], new ScheduleGrid?[_to - _from], _seen.GetValueOrDefault(place));
        foreach (var period in _periods.GetValueOrDefault(place) ?? [])
        {
            var grid = ScheduleGrid.For(check, place.Location, period.Interval);
            for (var minute = Math.Max(_from, period.From); minute < Math.Min(_to, period.To ?? long.MaxValue); minute++)
            {
                lacking[minute - _from] += Math.Max(0, Expected(grid, minute) - (seen is null ? 0 : seen[minute - _from].Executed));
                grids[minute - _from] = grid;
            }
        }

        _dropped[place] = minutes = new long[_to - _from];
        foreach (var gap in _gaps[place].OrderBy(g => g.To))
        {
            var left = gap.Runs;
            for (var minute = Math.Max(_from, PeriodPlan.Minute(gap.From)); left > 0 && minute < _to && minute <= PeriodPlan.Minute(gap.To); minute++)
            {
                var within = grids[minute - _from] is { } grid ? Within(grid, gap, minute) : 0;
                var some = Math.Min(Math.Min(left, within), lacking[minute - _from] - minutes[minute - _from]);
                minutes[minute - _from] += some;
                left -= some;
            }
        }

        return minutes;
    }

    /// <summary>How many due times of a minute the gap may tell of. Its ends are due times themselves, by a clock that need not be the grid's to the last: half an interval tells them from their neighbours.</summary>
    private static long Within(ScheduleGrid grid, StoredGap gap, long minute)
    {
        var (first, end) = (minute * TimeSpan.TicksPerMinute, (minute + 1) * TimeSpan.TicksPerMinute);
        return grid.Count(Math.Max(first, Ticks(gap.From) - (grid.Interval / 2)), Math.Min(end, Ticks(gap.To) + (grid.Interval / 2) + 1));
    }

    private static long Ticks(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;
}
