using System.Collections.Concurrent;

namespace Probes.Agent.Run;

/// <summary>Time-outs that are used again: most never fire.</summary>
internal sealed class TimeoutPool(TimeProvider time, int most)
{
    /// <summary>The runtime's timers go by a clock of some milliseconds' grain and fire up to 5 ms early; a target gets the whole of its time.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(8);

    private readonly ConcurrentQueue<CancellationTokenSource> _free = new();

    public CancellationTokenSource Rent(TimeSpan timeout)
    {
        if (!_free.TryDequeue(out var source))
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        source.CancelAfter(timeout + Grain);
        return source;
    }

    public void Return(CancellationTokenSource source)
    {
        if (_free.Count < most && source.TryReset())
        {
            _free.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }
}
