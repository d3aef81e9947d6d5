namespace Probes.Agent.Session;

/// <summary>A moment of the corrected clock, and the correction it carries.</summary>
internal readonly record struct ClockReading(DateTimeOffset Now, TimeSpan Correction);

/// <summary>
/// Wall time corrected to the orchestrator's. Small offsets are left alone: the machine's own time service does better than one network path can
/// measure. A machine that is more than 1 s off is corrected, until it is less than 0.5 s off again.
/// Once the orchestrator has been heard, a leap of the machine's clock moves nothing: time goes on by the monotonic clock, and the next answer measures it.
/// </summary>
internal sealed class AgentClock(TimeProvider time)
{
    private static readonly TimeSpan ApplyOver = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveUnder = TimeSpan.FromSeconds(0.5);

    // Less is the noise of measuring, which must not move the schedule.
    private static readonly TimeSpan LeastChange = TimeSpan.FromMilliseconds(100);

    // A time service slews less than this; more is a clock that was set.
    private static readonly TimeSpan Leap = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile Anchor _anchor = new(time.GetTimestamp(), time.GetUtcNow());
    private volatile bool _heard;
    private long _offset;
    private long _correction;
    private volatile bool _measured;

    /// <summary>This machine's clock without its leaps: what offsets are measured against.</summary>
    public DateTimeOffset Machine
    {
        get
        {
            var (anchor, at, wall) = (_anchor, time.GetTimestamp(), time.GetUtcNow());
            var gone = time.GetElapsedTime(anchor.At, at);
            var machine = anchor.Machine + gone;
            machine = _heard && (wall - machine).Duration() > Leap ? machine : wall;
            if (gone > Leap)
            {
                _anchor = new Anchor(at, machine);
            }

            return machine;
        }
    }

    /// <summary>Orchestrator's clock minus <see cref="Machine"/>, as last measured; zero before.</summary>
    public TimeSpan Offset => new(Interlocked.Read(ref _offset));

    /// <summary>Orchestrator's clock minus the machine's as it is set now.</summary>
    public TimeSpan WallOffset => Offset + (Machine - time.GetUtcNow());

    public bool IsMeasured => _measured;

    public DateTimeOffset Now => Read().Now;

    public ClockReading Read()
    {
        var correction = new TimeSpan(Interlocked.Read(ref _correction));
        return new ClockReading(Machine + correction, correction);
    }

    /// <summary>Takes an offset that was measured against <see cref="Machine"/>.</summary>
    public void Set(TimeSpan offset)
    {
        _ = Machine;
        Restore(offset);
        _heard = true;
    }

    /// <summary>Takes the offset that an earlier process measured; the machine's clock may have been put right since, and may yet be.</summary>
    public void Restore(TimeSpan offset)
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _offset, offset.Ticks);
            Interlocked.Exchange(ref _correction, Correct(new TimeSpan(_correction), offset).Ticks);
            _measured = true;
        }
    }

    private sealed record Anchor(long At, DateTimeOffset Machine);

    /// <summary>The correction to apply next.</summary>
    internal static TimeSpan Correct(TimeSpan current, TimeSpan offset)
    {
        var least = current == TimeSpan.Zero ? ApplyOver : LeaveUnder;
        var wanted = offset.Duration() > least ? offset : TimeSpan.Zero;
        return wanted == TimeSpan.Zero || (wanted - current).Duration() > LeastChange ? wanted : current;
    }
}
