namespace Probes.Orchestrator.Store;

/// <summary>Which sequences of one (agent, epoch) were stored, as disjoint ranges that do not touch, ascending.</summary>
internal sealed class SequenceRanges
{
    private readonly List<(long First, long End)> _ranges;
    private readonly Dictionary<long, long> _loaded;

    /// <param name="stored">Ranges as stored, each up to but not including its end.</param>
    public SequenceRanges(IEnumerable<(long First, long End)> stored)
    {
        _ranges = [.. stored.OrderBy(r => r.First)];
        _loaded = _ranges.ToDictionary(r => r.First, r => r.End);
    }

    public bool Contains(long sequence)
    {
        // The last range is the one a living agent adds to.
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            if (sequence >= _ranges[i].First)
            {
                return sequence < _ranges[i].End;
            }
        }

        return false;
    }

    public void Add(long first, long end)
    {
        if (first >= end)
        {
            return;
        }

        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            if (_ranges[i].First <= end && _ranges[i].End >= first)
            {
                (first, end) = (Math.Min(first, _ranges[i].First), Math.Max(end, _ranges[i].End));
                _ranges.RemoveAt(i);
            }
        }

        var at = _ranges.FindIndex(r => r.First > first);
        _ranges.Insert(at < 0 ? _ranges.Count : at, (first, end));
    }

    /// <summary>Ranges that are new or have another end than stored.</summary>
    public IEnumerable<(long First, long End)> Changed() =>
        _ranges.Where(r => !_loaded.TryGetValue(r.First, out var end) || end != r.End);

    /// <summary>Starts of stored ranges that were merged into others.</summary>
    public IEnumerable<long> Gone() => _loaded.Keys.Except(_ranges.Select(r => r.First));
}
