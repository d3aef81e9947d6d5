using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Counts of good runs that are no longer at hand minute by minute, by the hour, for three days: failures are rare, and what is usual of them shows only in many runs. Not thread-safe.
/// </summary>
internal sealed class OlderRuns
{
    private const int Hours = 72;

    private readonly SortedDictionary<long, RunCounts> _hours = [];

    public RunCounts Sum { get; private set; }

    /// <param name="minute">Since the Unix epoch.</param>
    /// <param name="counts">Of a minute that is good: not flagged, not in maintenance.</param>
    public void Add(long minute, RunCounts counts)
    {
        _hours[minute / 60] = _hours.GetValueOrDefault(minute / 60) + counts;
        Sum += counts;
    }

    public void Forget(long minute)
    {
        while (_hours.Count > 0 && _hours.First() is var (hour, counts) && hour < (minute / 60) - Hours)
        {
            _hours.Remove(hour);
            Sum = new RunCounts(Sum.Passed - counts.Passed, Sum.TargetFaults - counts.TargetFaults, Sum.DnsFaults - counts.DnsFaults,
                Sum.NetworkFaults - counts.NetworkFaults, Sum.AgentFaults - counts.AgentFaults, Sum.Missed - counts.Missed);
        }
    }
}
