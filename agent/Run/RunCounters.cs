namespace Probes.Agent.Run;

/// <summary>Totals since the process started.</summary>
internal sealed class RunCounters
{
    private const int MostPast = 600;
    private static readonly TimeSpan LoadOver = TimeSpan.FromMinutes(1);

    private readonly Queue<(long At, long Executed)> _past = new();
    private long _executed;
    private long _missed;
    private long _late;
    private long _missedUnreported;
    private volatile string _lastError = "";

    public long Executed => Interlocked.Read(ref _executed);

    /// <summary>Those without a result of their own included.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>Started more than <see cref="RunPipeline.LateAfter"/> after they were due.</summary>
    public long Late => Interlocked.Read(ref _late);

    /// <summary>Missed runs beyond what is reported as results after a long gap.</summary>
    public long MissedUnreported => Interlocked.Read(ref _missedUnreported);

    /// <summary>Runs a second over the last minute, or since the start; called from one thread.</summary>
    public double Load(TimeProvider time)
    {
        var (now, executed) = (time.GetTimestamp(), Executed);
        _past.Enqueue((now, executed));
        while (_past.Count > 2 && (_past.Count > MostPast || time.GetElapsedTime(_past.Peek().At, now) > LoadOver))
        {
            _past.Dequeue();
        }

        var (first, before) = _past.Peek();
        var elapsed = time.GetElapsedTime(first, now).TotalSeconds;
        return elapsed > 0 ? (executed - before) / elapsed : 0;
    }

    /// <summary>The last thing that went wrong here, for operators; empty when nothing did.</summary>
    public string LastError
    {
        get => _lastError;
        set => _lastError = value.Length <= 500 ? value : value[..500];
    }

    public void CountExecuted(bool late)
    {
        Interlocked.Increment(ref _executed);
        if (late)
        {
            Interlocked.Increment(ref _late);
        }
    }

    public void CountMissed(long count = 1) => Interlocked.Add(ref _missed, count);

    public void CountUnreported(long count) => Interlocked.Add(ref _missedUnreported, count);
}
