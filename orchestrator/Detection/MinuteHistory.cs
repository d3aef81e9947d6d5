using Probes.Contracts.Checks;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>The recent minutes of one check in one region, as stored; windows and baselines are merged from them. Not thread-safe.</summary>
internal sealed class MinuteHistory
{
    private readonly Dictionary<long, Dictionary<int, byte[]>> _minutes = [];
    private readonly HashSet<long> _flagged = [];
    private (long From, long To, int Flagged) _span;
    private RegionWindow? _baseline;

    /// <summary>Adds or replaces one agent's minute.</summary>
    public void Put(RollupKey key, ReadOnlySpan<byte> rollup)
    {
        if (!_minutes.TryGetValue(key.Minute, out var agents))
        {
            _minutes[key.Minute] = agents = [];
        }

        agents[key.AgentId] = rollup.ToArray();
        if (key.Minute >= _span.From && key.Minute < _span.To)
        {
            _baseline = null;
        }
    }

    /// <summary>Leaves minutes out of baselines: what was flagged does not become normal.</summary>
    public void Flag(long from, long to)
    {
        for (var minute = from; minute <= to; minute++)
        {
            _flagged.Add(minute);
        }
    }

    /// <summary>Lets what was flagged become normal after all: it has lasted too long to be an exception.</summary>
    public void Accept() => _flagged.Clear();

    public void Forget(long before)
    {
        foreach (var minute in _minutes.Keys.Where(m => m < before).ToList())
        {
            _minutes.Remove(minute);
        }

        _flagged.RemoveWhere(m => m < before);
    }

    /// <summary>The latest minutes up to <paramref name="now"/> that hold enough judged runs, at most <paramref name="most"/> minutes.</summary>
    public RegionWindow Window(long now, int runs, int most)
    {
        var rollup = new Rollup();
        var agents = new HashSet<int>();
        var first = now;
        for (var minute = now; minute > now - most && rollup.Counts.Judged < runs; minute--)
        {
            first = minute;
            Merge(minute, rollup, agents);
        }

        return new RegionWindow(Start(first), Start(now + 1), rollup, agents.Count);
    }

    /// <summary>The <paramref name="minutes"/> before minute <paramref name="to"/>, without flagged ones; null when there are none.
    /// Merged anew only when the span or its minutes change.</summary>
    public RegionWindow? Baseline(long to, int minutes)
    {
        var span = (to - minutes, to, _flagged.Count);
        if (_baseline is not null && _span == span)
        {
            return _baseline;
        }

        var rollup = new Rollup();
        var agents = new HashSet<int>();
        long? first = null, last = null;
        for (var minute = to - minutes; minute < to; minute++)
        {
            if (!_flagged.Contains(minute) && Merge(minute, rollup, agents))
            {
                first ??= minute;
                last = minute;
            }
        }

        _span = span;
        _baseline = first is { } from && last is { } until ? new RegionWindow(Start(from), Start(until + 1), rollup, agents.Count) : null;
        return _baseline;
    }

    public static long MinuteOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;

    /// <summary>How many minutes back a window may reach: ten intervals, at least two minutes, at most a day.</summary>
    public static int MostWindow(Check check) => (int)Math.Clamp(Math.Ceiling(10 * check.Interval.TotalMinutes) + 1, 2, 1440);

    private static DateTimeOffset Start(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    private bool Merge(long minute, Rollup into, HashSet<int> agents)
    {
        if (!_minutes.TryGetValue(minute, out var rollups))
        {
            return false;
        }

        foreach (var (agent, bytes) in rollups)
        {
            RollupCodec.MergeInto(bytes, into);
            agents.Add(agent);
        }

        return true;
    }
}
