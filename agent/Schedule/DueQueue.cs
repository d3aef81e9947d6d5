using Probes.Contracts.Checks;

namespace Probes.Agent.Schedule;

/// <summary>
/// All checks, ordered by when they are due next. Pure: time is what the caller says it is, in ticks since the Unix epoch. Nothing is due early;
/// every grid time is handed out once, as due or within a missed range. A new set takes effect at a time that may lie ahead or a little back:
/// due times before it are those of the old set, due times from it on those of the new one.
/// </summary>
internal sealed class DueQueue
{
    // No hand-over is planned this far ahead.
    private static readonly long Far = TimeSpan.FromMinutes(1).Ticks;

    private readonly PriorityQueue<Stretch, long> _queue = new();
    private List<Stretch> _stretches = [];

    /// <summary>Null when there are no checks.</summary>
    public long? Next => _queue.TryPeek(out _, out var due) ? due : null;

    /// <summary>Takes a new set of checks. Those whose grid stays the same keep their place in it.</summary>
    /// <param name="checks">Each name once.</param>
    /// <param name="location">Where this agent is; due times depend on it.</param>
    /// <param name="now">Due times up to it may have been handed out.</param>
    /// <param name="effective">From when on the new set counts; null: from the first moment after <paramref name="now"/>.</param>
    public void Replace(IReadOnlyList<Check> checks, string location, long now, long? effective = null)
    {
        var from = effective ?? now + 1;
        var wanted = checks.ToDictionary(c => c.Name, StringComparer.Ordinal);
        var stretches = new List<Stretch>(checks.Count);
        var before = new Dictionary<string, Stretch>(StringComparer.Ordinal);
        foreach (var stretch in _stretches)
        {
            // 1. What goes on as it is.
            if (stretch.Until > from && stretch.From <= from && wanted.TryGetValue(stretch.Check.Name, out var same)
                && stretch.Grid == ScheduleGrid.For(same.Name, location, same.Interval) && (same.Revision == stretch.Check.Revision || stretch.Next >= from))
            {
                stretch.Check = same;
                stretch.Until = long.MaxValue;
                stretches.Add(stretch);
                wanted.Remove(same.Name);
                continue;
            }

            // 2. What ends when the new set begins.
            stretch.Until = Math.Min(stretch.Until, from);
            if (stretch.From <= from)
            {
                before[stretch.Check.Name] = stretch;
            }

            if (!stretch.IsOver)
            {
                stretches.Add(stretch);
            }
        }

        // 3. What begins then.
        foreach (var check in wanted.Values)
        {
            var grid = ScheduleGrid.For(check.Name, location, check.Interval);
            var first = First(check, grid, before.GetValueOrDefault(check.Name), from, now);
            stretches.Add(new Stretch(check, grid) { From = from, Next = grid.NextAfter(first - 1) });
        }

        _stretches = stretches;
        Refill();
    }

    /// <summary>Begins anew from here: the clock was corrected or set back, so times between mean nothing, and a hand-over far ahead is over.</summary>
    public void Realign(long now)
    {
        foreach (var stretch in _stretches)
        {
            stretch.From = stretch.From > now + Far ? now : stretch.From;
            stretch.Until = stretch.Until < long.MaxValue && stretch.Until > now + Far ? now : stretch.Until;
            stretch.Next = stretch.Grid.NextAfter(Math.Max(now, stretch.From - 1));
        }

        _stretches.RemoveAll(s => s.IsOver);
        Refill();
    }

    /// <summary>Hands out everything that is due at <paramref name="now"/> and still within its window, and what is beyond it as missed.</summary>
    public void Advance(long now, List<DueRun> due, List<MissedRange> missed)
    {
        while (_queue.TryPeek(out var stretch, out var first) && first <= now)
        {
            var last = stretch.LastAtOrBefore(now);
            var tooLate = now - last > DueRun.WindowOf(stretch.Check).Ticks;
            var lost = ((last - first) / stretch.Grid.Interval) + (tooLate ? 1 : 0);
            if (lost > 0)
            {
                missed.Add(new MissedRange(stretch.Check, Time(first), lost));
            }

            if (!tooLate)
            {
                due.Add(new DueRun(stretch.Check, Time(last)));
            }

            stretch.Next = last + stretch.Grid.Interval;
            if (stretch.IsOver)
            {
                _queue.Dequeue();
            }
            else
            {
                _queue.DequeueEnqueue(stretch, stretch.Next);
            }
        }
    }

    public static long Ticks(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;

    private static DateTimeOffset Time(long ticks) => DateTimeOffset.UnixEpoch.AddTicks(ticks);

    /// <summary>What was due since the set took effect is run when it is not too late, and never again when this agent has handed it out already.</summary>
    private static long First(Check check, ScheduleGrid grid, Stretch? before, long from, long now) =>
        before is null ? Math.Max(from, now - DueRun.WindowOf(check).Ticks)
        : before.Grid == grid ? Math.Max(from, before.Next)
        : Math.Max(from, now + 1);

    private void Refill()
    {
        _queue.Clear();
        _queue.EnqueueRange(_stretches.Select(s => (s, s.Next)));
    }
}
