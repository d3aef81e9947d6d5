namespace Probes.Agent.Session;

/// <summary>A moment of the corrected clock, and the correction it carries.</summary>
internal readonly record struct ClockReading(DateTimeOffset Now, TimeSpan Correction);

/// <summary>
/// Wall time corrected to the orchestrator's. Small offsets are left alone: the machine's own time service does better than one network path can
/// measure. A machine that is more than 1 s off is corrected, until it is less than 0.5 s off again.
/// </summary>
internal sealed class AgentClock(TimeProvider time)
{
    private static readonly TimeSpan ApplyOver = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveUnder = TimeSpan.FromSeconds(0.5);

    // Less is the noise of measuring, which must not move the schedule.
    private static readonly TimeSpan LeastChange = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private long _offset;
    private long _correction;
    private volatile bool _measured;

    /// <summary>Orchestrator's clock minus this machine's, as last measured; zero before.</summary>
    public TimeSpan Offset => new(Interlocked.Read(ref _offset));

    public bool IsMeasured => _measured;

    public DateTimeOffset Now => Read().Now;

    public ClockReading Read()
    {
        var correction = new TimeSpan(Interlocked.Read(ref _correction));
        return new ClockReading(time.GetUtcNow() + correction, correction);
    }

    /// <summary>Takes an offset that was measured, or one that an earlier process measured.</summary>
    public void Set(TimeSpan offset)
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _offset, offset.Ticks);
            Interlocked.Exchange(ref _correction, Correct(new TimeSpan(_correction), offset).Ticks);
            _measured = true;
        }
    }

    /// <summary>The correction to apply next.</summary>
    internal static TimeSpan Correct(TimeSpan current, TimeSpan offset)
    {
        var least = current == TimeSpan.Zero ? ApplyOver : LeaveUnder;
        var wanted = offset.Duration() > least ? offset : TimeSpan.Zero;
        return wanted == TimeSpan.Zero || (wanted - current).Duration() > LeastChange ? wanted : current;
    }
}
