using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>The recent minutes of one check in one region, as stored; windows and baselines are merged from them. Not thread-safe.</summary>
internal sealed class MinuteHistory
{
    /// <summary>Minutes; how much further back than usual a baseline may lie, behind an incident.</summary>
    internal const int Day = 1440;

    // Most minutes are of one agent: an array of one takes a fifth of what a dictionary of one does, and there are sixty of them for each check and region.
    private readonly Dictionary<long, (int Agent, byte[] Rollup)[]> _minutes = [];
    private readonly HashSet<int> _agents = [];
    private readonly LeftOut _left = new();
    private (long To, int Minutes, int Flagged) _span;
    private RegionWindow? _baseline;
    private readonly Dictionary<int, (long To, int Flagged, RegionWindow? Window)> _agentBaselines = [];
    private long _forgotten;
    private readonly FailingStreak _failing = new();
    private LatestRuns? _latest;
    private IReadOnlyDictionary<int, long> _countsFrom = ImmutableDictionary<int, long>.Empty;

    /// <summary>The latest minute that holds runs which tell of the target; null when none does. What agents tell of themselves is silence about it.</summary>
    public long? Latest { get; private set; }

    /// <summary>The latest minute that holds anything.</summary>
    public long? LatestTold { get; private set; }

    /// <summary>The latest minute that holds a failed run; null when none does.</summary>
    public long? LatestFailed { get; private set; }

    /// <summary>The earliest flagged minute; null when none is.</summary>
    public long? EarliestFlagged => _left.EarliestFlagged;

    /// <summary>Runs from before what is kept by the minute.</summary>
    public OlderRuns Older { get; } = new();

    /// <summary>From which minute on an agent's minutes count, for those that it names; all others do.</summary>
    public IReadOnlyDictionary<int, long> CountsFrom
    {
        get => _countsFrom;
        set
        {
            if (value.Count != _countsFrom.Count || value.Any(v => _countsFrom.GetValueOrDefault(v.Key) != v.Value))
            {
                _countsFrom = value;
                _baseline = null;
                _agentBaselines.Clear();
            }
        }
    }

    /// <summary>What failed since a run last passed, in order as it was read: an outage within a minute shows here first. Null: not two runs. As of the last <see cref="Settle"/>.</summary>
    public RegionWindow? Failing { get; private set; }

    /// <summary>Whether the latest run failed, as it was read. As of the last <see cref="Settle"/>.</summary>
    public bool Fails => _failing.Any;

    /// <summary>Agents that told anything in the minutes that are kept, whether it counts or not; one that is gone is in it an hour longer.</summary>
    public IReadOnlyCollection<int> Agents => _agents;

    /// <summary>Those that did in a span, both ends included.</summary>
    public IReadOnlyCollection<int> AgentsOf(long from, long to)
    {
        var agents = new HashSet<int>();
        for (var minute = from; minute <= to; minute++)
        {
            agents.UnionWith((_minutes.GetValueOrDefault(minute) ?? []).Select(a => a.Agent));
        }

        return agents;
    }

    /// <summary>Adds or replaces one agent's minute.</summary>
    public void Put(RollupKey key, ReadOnlySpan<byte> rollup)
    {
        var agents = _minutes.GetValueOrDefault(key.Minute) ?? [];
        var at = 0;
        while (at < agents.Length && agents[at].Agent != key.AgentId)
        {
            at++;
        }

        // Recent minutes are read again and again; one that has not changed leaves the merged baseline as it is.
        if (at == agents.Length)
        {
            _minutes[key.Minute] = agents = [.. agents, (key.AgentId, [])];
            _agents.Add(key.AgentId);
        }
        else if (rollup.SequenceEqual(agents[at].Rollup))
        {
            return;
        }

        LatestTold = Math.Max(LatestTold ?? key.Minute, key.Minute);
        var counts = RollupCodec.Counts(rollup);
        if (key.Minute >= _countsFrom.GetValueOrDefault(key.AgentId))
        {
            _failing.Saw(key, agents[at].Rollup is { Length: > 0 } before ? RollupCodec.Counts(before) : default, counts);
            _latest?.Saw(key, agents[at].Rollup, rollup);
        }

        agents[at].Rollup = rollup.ToArray();
        if (counts.Judged > 0)
        {
            Latest = Math.Max(Latest ?? key.Minute, key.Minute);
        }

        if (counts.Failed > 0)
        {
            LatestFailed = Math.Max(LatestFailed ?? key.Minute, key.Minute);
        }

        if (key.Minute < _span.To)
        {
            _baseline = null;
            _agentBaselines.Clear();
        }
    }

    /// <summary>Whether the last few runs are kept apart from the minutes that hold them.</summary>
    public void KeepLatest(bool keep) => _latest = keep ? _latest ?? new LatestRuns() : null;

    /// <summary>Ends a reading of the latest minutes.</summary>
    public void Settle(long now) => Failing = _failing.Settle(now) is { } all && Counts(all) ? all : null;

    /// <summary>A run passed that is in no minute: what failed before is no streak any more.</summary>
    public void Passed() => _failing.Passed();

    /// <summary>The last judged runs, so many at least, wherever in a minute they began; null when there are none, or they are not kept.</summary>
    public RegionWindow? Last(long now, int runs) => _latest?.Window(now, runs) is { } last && Counts(last) ? last : null;

    /// <summary>Leaves minutes out of baselines: what was flagged does not become normal.</summary>
    public void Flag(long from, long to) => _left.Flag(from, to);

    /// <summary>Leaves out what was flagged before a first look: minutes of the last day, hours of what is remembered from before that.</summary>
    public void FlaggedBefore(long first, long from, long to)
    {
        Older.Exclude(from, to);
        Flag(Math.Max(from, first - Day), to);
    }

    /// <summary>In maintenance now: what is measured meanwhile is looked at as ever. Else no window reaches back into maintenance, or it would judge what comes after by it.</summary>
    public bool InMaintenance { get; set; }

    /// <summary>Leaves minutes out of baselines for good, and out of windows once maintenance is over.</summary>
    public void Excuse(IEnumerable<long> minutes) => _left.Excuse(minutes);

    /// <summary>Lets what was flagged become normal after all: it has lasted too long to be an exception.</summary>
    public void Accept() => _left.Accept();

    /// <summary>Keeps what windows and baselines may still ask for: the latest minutes, and as many good ones before them as a baseline takes.</summary>
    public void Forget(long now, int window, int baseline)
    {
        if (_forgotten == now)
        {
            return;
        }

        _forgotten = now;
        var good = 0;
        foreach (var minute in _minutes.Keys.Where(m => m <= now - window).OrderDescending().ToList())
        {
            good += _left.Contains(minute) ? 0 : 1;
            if (good > baseline || minute <= now - window - baseline - Day)
            {
                Retire(minute);
            }
        }

        Older.Forget(now);
        if (now % 60 == 0 && _agents.Count > 1)
        {
            ForgetAgents();
        }

        _left.Forget(now - window - baseline - Day);
    }

    /// <summary>The latest minutes up to <paramref name="now"/> that hold enough judged runs, at most <paramref name="most"/> minutes.</summary>
    public RegionWindow Window(long now, int runs, int most)
    {
        var rollup = new Rollup();
        var agents = new HashSet<int>();
        var first = now;
        for (var minute = now; minute > now - most && rollup.Counts.Judged < runs && (InMaintenance || !_left.IsExcused(minute)); minute--)
        {
            first = minute;
            Merge(minute, rollup, agents);
        }

        return new RegionWindow(Start(first), Start(now + 1), rollup, agents.Count);
    }

    /// <summary>
    /// The last <paramref name="minutes"/> good minutes before minute <paramref name="to"/>: flagged ones are left out, so that an incident
    /// does not use up its own yardstick. Looks back a day more at most; null when there are none. Merged anew only when something changed.
    /// </summary>
    public RegionWindow? Baseline(long to, int minutes)
    {
        var span = (to, minutes, _left.Count);
        if (_baseline is null || _span != span)
        {
            (_span, _baseline) = (span, Good(to, minutes));
        }

        return _baseline;
    }

    /// <summary>The end of a <see cref="Baseline"/>: its last good minutes, as many as hold enough passed runs.</summary>
    public RegionWindow? EndOfBaseline(long to, int minutes, int runs) => Good(to, minutes, enough: runs);

    /// <summary>As <see cref="Baseline"/>, of one agent alone.</summary>
    public RegionWindow? AgentBaseline(int agent, long to, int minutes)
    {
        if (_agentBaselines.TryGetValue(agent, out var kept) && kept.To == to && kept.Flagged == _left.Count)
        {
            return kept.Window;
        }

        var window = Good(to, minutes, agent);
        _agentBaselines[agent] = (to, _left.Count, window);
        return window;
    }

    /// <summary>As <see cref="Window"/>, for each agent that has enough runs in its span.</summary>
    public IEnumerable<(int Agent, RegionWindow Window)> AgentWindows(long now, int runs, int most)
    {
        var open = new Dictionary<int, Rollup>();
        var done = new HashSet<int>();
        for (var minute = now; minute > now - most && (InMaintenance || !_left.IsExcused(minute)); minute--)
        {
            foreach (var (agent, bytes) in At(minute))
            {
                if (done.Contains(agent))
                {
                    continue;
                }

                if (!open.TryGetValue(agent, out var rollup))
                {
                    open[agent] = rollup = new Rollup();
                }

                RollupCodec.MergeInto(bytes, rollup);
                if (rollup.Counts.Judged >= runs)
                {
                    done.Add(agent);
                    yield return (agent, new RegionWindow(Start(minute), Start(now + 1), rollup, 1));
                }
            }
        }
    }

    /// <summary>The agent that alone ran it in the last five minutes that hold anything; null when several did.</summary>
    public int? OnlyAgent(DateTimeOffset now)
    {
        int? only = null;
        var minute = MinuteOf(now);
        for (var (at, seen) = (Math.Min(minute, LatestTold ?? minute), 0); at > minute - Day && seen < 5; at--)
        {
            if (At(at) is not { Length: > 0 } agents)
            {
                continue;
            }

            seen++;
            foreach (var (agent, _) in agents)
            {
                if (only is not null && only != agent)
                {
                    return null;
                }

                only = agent;
            }
        }

        return only;
    }

    /// <summary>Each agent's runs of a span of minutes, both ends included.</summary>
    public IReadOnlyDictionary<int, Rollup> ByAgent(long from, long to)
    {
        var agents = new Dictionary<int, Rollup>();
        for (var minute = from; minute <= to; minute++)
        {
            foreach (var (agent, bytes) in At(minute))
            {
                if (!agents.TryGetValue(agent, out var rollup))
                {
                    agents[agent] = rollup = new Rollup();
                }

                RollupCodec.MergeInto(bytes, rollup);
            }
        }

        return agents;
    }

    /// <summary>The first minute of a span whose runs, of all agents together, are as asked for; null when none are.</summary>
    public DateTimeOffset? First(long from, long to, Func<Rollup, bool> asked)
    {
        for (var minute = from; minute <= to; minute++)
        {
            var rollup = new Rollup();
            if (Merge(minute, rollup, []) && asked(rollup))
            {
                return Start(minute);
            }
        }

        return null;
    }

    public static long MinuteOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;

    /// <summary>How many minutes back a window may reach: ten intervals, at least two minutes, at most a day.</summary>
    public static int MostWindow(Check check) => (int)Math.Clamp(Math.Ceiling(10 * check.Interval.TotalMinutes) + 1, 2, 1440);

    internal static DateTimeOffset Start(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    // Agents come and go, with every roll-out where they live in containers.
    private void ForgetAgents()
    {
        var here = _minutes.Values.SelectMany(agents => agents, (_, one) => one.Agent).ToHashSet();
        _agents.IntersectWith(here);
        foreach (var gone in _agentBaselines.Keys.Where(a => !here.Contains(a)).ToList())
        {
            _agentBaselines.Remove(gone);
        }
    }

    private void Retire(long minute)
    {
        if (_minutes.Remove(minute, out var agents) && !_left.Contains(minute))
        {
            foreach (var (_, rollup) in agents.Where(a => minute >= _countsFrom.GetValueOrDefault(a.Agent)))
            {
                Older.Add(minute, RollupCodec.Counts(rollup));
            }
        }
    }

    private (int Agent, byte[] Rollup)[] At(long minute)
    {
        var all = _minutes.GetValueOrDefault(minute) ?? [];
        return _countsFrom.Count == 0 ? all : [.. all.Where(a => minute >= _countsFrom.GetValueOrDefault(a.Agent))];
    }

    private bool Counts(RegionWindow window) => InMaintenance || !_left.IsExcused(MinuteOf(window.From));

    private RegionWindow? Good(long to, int minutes, int? only = null, long enough = long.MaxValue)
    {
        var (rollup, agents) = (new Rollup(), new HashSet<int>());
        var (first, last, good) = (to, to, 0);
        for (var minute = to - 1; minute >= to - minutes - Day && good < minutes && rollup.Total.Count < enough; minute--)
        {
            if (_left.Contains(minute))
            {
                continue;
            }

            good++;
            if (Merge(minute, rollup, agents, only))
            {
                (first, last) = (minute, first == to ? minute + 1 : last);
            }
        }

        return first < to ? new RegionWindow(Start(first), Start(last), rollup, agents.Count) : null;
    }

    /// <param name="only">One agent's; null: all agents'.</param>
    private bool Merge(long minute, Rollup into, HashSet<int> agents, int? only = null)
    {
        var any = false;
        foreach (var (agent, bytes) in At(minute))
        {
            if (only is null || agent == only)
            {
                RollupCodec.MergeInto(bytes, into);
                agents.Add(agent);
                any = true;
            }
        }

        return any;
    }
}
