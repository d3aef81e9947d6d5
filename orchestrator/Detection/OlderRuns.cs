using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Counts of good runs that are no longer at hand minute by minute, by the hour, for three days: failures are rare, and what is usual of them shows only in many runs. Not thread-safe.
/// </summary>
internal sealed class OlderRuns
{
    internal const int Hours = 72;

    private readonly SortedDictionary<long, RunCounts> _hours = [];
    private readonly HashSet<long> _excluded = [];
    private readonly HashSet<long> _whole = [];

    public RunCounts Sum { get; private set; }

    /// <param name="minute">Since the Unix epoch.</param>
    /// <param name="counts">Of a minute that is good: not flagged, not in maintenance.</param>
    public void Add(long minute, RunCounts counts)
    {
        // Behind an incident minutes are read further back than usual: of hours that are here already.
        if (!_whole.Contains(minute / 60))
        {
            _hours[minute / 60] = _hours.GetValueOrDefault(minute / 60) + counts;
            Sum += counts;
        }
    }

    /// <summary>Takes a whole hour as it is stored, of which nothing was seen minute by minute: after a start, all but the last few.</summary>
    /// <param name="minute">Its first, since the Unix epoch.</param>
    /// <param name="counts">All of its runs.</param>
    public void Recall(long minute, RunCounts counts)
    {
        if (!_hours.ContainsKey(minute / 60) && !_excluded.Contains(minute / 60))
        {
            Add(minute, counts);
            _whole.Add(minute / 60);
        }
    }

    /// <summary>Leaves hours away that are not recalled yet: something was flagged then.</summary>
    public void Exclude(long from, long to)
    {
        for (var hour = from / 60; hour <= to / 60; hour++)
        {
            _excluded.Add(hour);
        }
    }

    public void Forget(long minute)
    {
        _excluded.RemoveWhere(h => h < (minute / 60) - Hours);
        _whole.RemoveWhere(h => h < (minute / 60) - Hours);
        while (_hours.Count > 0 && _hours.First() is var (hour, counts) && hour < (minute / 60) - Hours)
        {
            _hours.Remove(hour);
            Sum = new RunCounts(Sum.Passed - counts.Passed, Sum.TargetFaults - counts.TargetFaults, Sum.DnsFaults - counts.DnsFaults,
                Sum.NetworkFaults - counts.NetworkFaults, Sum.AgentFaults - counts.AgentFaults, Sum.Missed - counts.Missed);
        }
    }
}
