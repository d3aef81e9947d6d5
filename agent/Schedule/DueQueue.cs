using Probes.Contracts.Checks;

namespace Probes.Agent.Schedule;

/// <summary>
/// All checks, ordered by when they are due next. Pure: time is what the caller says it is, in ticks since the Unix epoch. Nothing is due early;
/// every grid time is handed out once, as due or within a missed range.
/// </summary>
internal sealed class DueQueue
{
    private readonly PriorityQueue<Entry, long> _queue = new();
    private Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public int Count => _entries.Count;

    /// <summary>Null when there are no checks.</summary>
    public long? Next => _queue.TryPeek(out _, out var due) ? due : null;

    /// <summary>Takes a new set of checks. Those whose grid stays the same keep their place; the others begin with their first grid time after now.</summary>
    public void Replace(IReadOnlyList<Check> checks, string location, long now)
    {
        var entries = new Dictionary<string, Entry>(checks.Count, StringComparer.Ordinal);
        foreach (var check in checks)
        {
            var grid = ScheduleGrid.For(check.Name, location, check.Interval);
            var kept = _entries.TryGetValue(check.Name, out var old) && old.Grid == grid;
            entries[check.Name] = new Entry(check, grid) { Next = kept ? old!.Next : grid.NextAfter(now) };
        }

        _entries = entries;
        Refill();
    }

    /// <summary>Begins anew from here: the clock was corrected or set back, so times between mean nothing.</summary>
    public void Realign(long now)
    {
        foreach (var entry in _entries.Values)
        {
            entry.Next = entry.Grid.NextAfter(now);
        }

        Refill();
    }

    /// <summary>Hands out everything that is due at <paramref name="now"/> and still within its window, and what is beyond it as missed.</summary>
    public void Advance(long now, List<DueRun> due, List<MissedRange> missed)
    {
        while (_queue.TryPeek(out var entry, out var first) && first <= now)
        {
            var last = entry.Grid.LastAtOrBefore(now);
            var tooLate = now - last > DueRun.WindowOf(entry.Check).Ticks;
            var lost = ((last - first) / entry.Grid.Interval) + (tooLate ? 1 : 0);
            if (lost > 0)
            {
                missed.Add(new MissedRange(entry.Check, Time(first), lost));
            }

            if (!tooLate)
            {
                due.Add(new DueRun(entry.Check, Time(last)));
            }

            entry.Next = last + entry.Grid.Interval;
            _queue.DequeueEnqueue(entry, entry.Next);
        }
    }

    public static long Ticks(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;

    private static DateTimeOffset Time(long ticks) => DateTimeOffset.UnixEpoch.AddTicks(ticks);

    private void Refill()
    {
        _queue.Clear();
        _queue.EnqueueRange(_entries.Values.Select(e => (e, e.Next)));
    }

    private sealed class Entry(Check check, ScheduleGrid grid)
    {
        public Check Check { get; } = check;

        public ScheduleGrid Grid { get; } = grid;

        public long Next { get; set; }
    }
}
