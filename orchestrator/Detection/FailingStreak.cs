using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// What failed since a run last passed, by what each reading of a minute adds to the one before: an outage that begins within a minute shows here at once, and in the minute as a whole only when the
/// next has begun. A reading that adds passed runs as well is no part of a streak, whatever their order was. Not thread-safe.
/// </summary>
internal sealed class FailingStreak
{
    private readonly HashSet<int> _agents = [];
    private RunCounts _failed;
    private RunCounts _new;
    private long _first = long.MaxValue;
    private long _last;

    /// <summary>Whether any run failed since one passed, as of the last reading that ended.</summary>
    public bool Any => _failed.Failed > 0;

    /// <summary>Takes what a minute holds now, and held when it was read before.</summary>
    public void Saw(RollupKey key, RunCounts before, RunCounts now)
    {
        // What arrives late is of the past.
        if (key.Minute < _last - 1 || now.Judged == before.Judged)
        {
            return;
        }

        _last = Math.Max(_last, key.Minute);
        _new += now - before;
        if (now.Failed > before.Failed)
        {
            _agents.Add(key.AgentId);
            _first = Math.Min(_first, key.Minute);
        }
    }

    /// <summary>Ends a reading. Null when not two runs of each agent have failed since one passed: of several agents one may be the only one that still passes, and be heard last.</summary>
    public RegionWindow? Settle(long minute)
    {
        var passed = _new.Passed != 0 || _new.Failed < 0;
        (_failed, _new) = (passed ? default : _failed + _new, default);
        if (passed || _last < minute - 1)
        {
            Clear();
        }

        return _failed.Failed < 2 * Math.Max(1, _agents.Count) ? null
            : new RegionWindow(MinuteHistory.Start(_first), MinuteHistory.Start(minute + 1), new Rollup { Counts = _failed }, _agents.Count);
    }

    /// <summary>A run passed that no minute holds; it is later than what was read before.</summary>
    public void Passed() => _failed = default;

    private void Clear()
    {
        _agents.Clear();
        (_failed, _first) = (default, long.MaxValue);
    }
}
