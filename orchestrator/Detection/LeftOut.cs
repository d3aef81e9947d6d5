namespace Probes.Orchestrator.Detection;

/// <summary>Minutes that are no baseline: flagged ones, until what they showed has lasted so long that it is normal, and those in maintenance for good. Not thread-safe.</summary>
internal sealed class LeftOut
{
    private readonly HashSet<long> _flagged = [];
    private readonly HashSet<long> _excused = [];

    /// <summary>Differs when there are other ones than before.</summary>
    public int Count => _flagged.Count + _excused.Count;

    /// <summary>The earliest flagged minute; null when none is.</summary>
    public long? EarliestFlagged => _flagged.Count > 0 ? _flagged.Min() : null;

    public bool Contains(long minute) => _flagged.Contains(minute) || _excused.Contains(minute);

    public bool IsExcused(long minute) => _excused.Contains(minute);

    public void Flag(long from, long to)
    {
        for (var minute = from; minute <= to; minute++)
        {
            _flagged.Add(minute);
        }
    }

    public void Excuse(IEnumerable<long> minutes) => _excused.UnionWith(minutes);

    public void Accept() => _flagged.Clear();

    /// <summary>Drops those up to a minute.</summary>
    public void Forget(long to)
    {
        _flagged.RemoveWhere(m => m <= to);
        _excused.RemoveWhere(m => m <= to);
    }
}
