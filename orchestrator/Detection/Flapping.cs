namespace Probes.Orchestrator.Detection;

/// <summary>
/// Damps a region that goes in and out of trouble: each time that it was flagged within the last hour doubles the healthy judgments in a row that it takes to be well again, up to eight times.
/// Not thread-safe.
/// </summary>
internal sealed class Flapping
{
    private const int MostDoublings = 3;

    private static readonly TimeSpan Remembers = TimeSpan.FromHours(1);

    private readonly Queue<DateTimeOffset> _entered = new();

    public DetectorState After(DetectorState state, Judgment judgment, DateTimeOffset now, DetectorOptions options)
    {
        while (_entered.TryPeek(out var oldest) && now - oldest > Remembers)
        {
            _entered.Dequeue();
        }

        // The time it is in now is not one that it came out of.
        var before = Math.Max(0, _entered.Count - (state.Flagged ? 1 : 0));
        var next = state.After(judgment, now, options, options.ToLeave << Math.Min(before, MostDoublings));
        if (next.Flagged && !state.Flagged)
        {
            _entered.Enqueue(now);
        }

        return next;
    }
}
