using System.Collections.Concurrent;

namespace Probes.Agent.Run;

/// <summary>Time-outs that are used again: most never fire.</summary>
internal sealed class TimeoutPool(TimeProvider time, int most)
{
    private readonly ConcurrentQueue<CancellationTokenSource> _free = new();

    public CancellationTokenSource Rent(TimeSpan timeout)
    {
        if (!_free.TryDequeue(out var source))
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        source.CancelAfter(timeout);
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
