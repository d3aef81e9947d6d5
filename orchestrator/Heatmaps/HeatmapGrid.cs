namespace Probes.Orchestrator.Heatmaps;

/// <summary>Steps of a heatmap, aligned to the Unix epoch, so that the same minute lies in the same step whoever asks when.</summary>
internal sealed class HeatmapGrid
{
    private readonly long _first;
    private readonly long _minutes;

    public HeatmapGrid(DateTimeOffset from, DateTimeOffset to, TimeSpan step)
    {
        _minutes = Math.Max(1, (long)step.TotalMinutes);
        _first = Floor((long)Math.Floor((from - DateTimeOffset.UnixEpoch).TotalMinutes));
        var end = (long)Math.Ceiling((to - DateTimeOffset.UnixEpoch).TotalMinutes);
        Count = (int)Math.Max(1, (end - _first + _minutes - 1) / _minutes);
        From = At(0);
        To = At(Count);
        Times = [.. Enumerable.Range(0, Count).Select(At)];
    }

    public int Count { get; }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    public IReadOnlyList<DateTimeOffset> Times { get; }

    public int IndexOf(long minute) => (int)((minute - _first) / _minutes);

    private long Floor(long minute) => minute - ((minute % _minutes) + _minutes) % _minutes;

    private DateTimeOffset At(int index) => DateTimeOffset.UnixEpoch.AddMinutes(_first + index * _minutes);
}
