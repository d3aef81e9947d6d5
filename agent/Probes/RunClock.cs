using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>Times the phases of one run on the monotonic clock. A phase entered more than once (redirects) adds up.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly long[] _ticks = [-1, -1, -1, -1, -1, -1];
    private long _entered;

    /// <summary>The phase under way; null between phases.</summary>
    public Phase? Current { get; private set; }

    public TimeSpan Total => time.GetElapsedTime(_start);

    public void Enter(Phase phase)
    {
        Leave();
        Current = phase;
        _entered = time.GetTimestamp();
    }

    public void Leave()
    {
        if (Current is { } phase)
        {
            ref var ticks = ref _ticks[(int)phase - 1];
            ticks = Math.Max(ticks, 0) + time.GetElapsedTime(_entered).Ticks;
            Current = null;
        }
    }

    public PhaseTimes Times => new(Of(Phase.Dns), Of(Phase.Connect), Of(Phase.Tls), Of(Phase.Send), Of(Phase.Wait), Of(Phase.Transfer));

    private TimeSpan? Of(Phase phase) => _ticks[(int)phase - 1] is >= 0 and var ticks ? new TimeSpan(ticks) : null;
}
