using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// The last few runs of a check that runs several times a minute, by what each reading of a minute adds to the one before: a shift that begins within a minute shows here at once, and in the minute as a
/// whole only when most of it is over. Not thread-safe.
/// </summary>
internal sealed class LatestRuns
{
    /// <summary>Runs kept, and what the reading that has the oldest of them brought beside it.</summary>
    private const int Most = 10;

    private readonly LinkedList<(RollupKey Key, Rollup Runs)> _readings = [];
    private long _runs;

    /// <summary>Takes what a minute holds now, and held when it was read before; empty: it was not.</summary>
    public void Saw(RollupKey key, ReadOnlySpan<byte> before, ReadOnlySpan<byte> now)
    {
        // What arrives late is of the past.
        if (_readings.Last?.Value.Key.Minute - 1 > key.Minute)
        {
            return;
        }

        var runs = RollupCodec.Decode(now);
        if (before.Length > 0 && !runs.TrySubtract(RollupCodec.Decode(before)))
        {
            // It was corrected, and did not just grow.
            _readings.Clear();
            _runs = 0;
            return;
        }

        if (runs.Counts.Judged > 0)
        {
            _readings.AddLast((key, runs));
            _runs += runs.Counts.Judged;
        }

        while (_readings.First is { } oldest && _runs - oldest.Value.Runs.Counts.Judged >= Most)
        {
            _runs -= oldest.Value.Runs.Counts.Judged;
            _readings.RemoveFirst();
        }
    }

    /// <summary>The latest readings that together hold at least so many judged runs; null when there are not so many, or the last is no longer of now.</summary>
    public RegionWindow? Window(long now, int runs)
    {
        if (_runs < runs || _readings.Last!.Value.Key.Minute < now - 1)
        {
            return null;
        }

        var (all, agents, first) = (new Rollup(), new HashSet<int>(), now);
        for (var reading = _readings.Last; reading is not null && all.Counts.Judged < runs; reading = reading.Previous)
        {
            all.Merge(reading.Value.Runs);
            agents.Add(reading.Value.Key.AgentId);
            first = Math.Min(first, reading.Value.Key.Minute);
        }

        return new RegionWindow(MinuteHistory.Start(first), MinuteHistory.Start(now + 1), all, agents.Count);
    }
}
