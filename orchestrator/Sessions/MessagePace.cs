namespace Probes.Orchestrator.Sessions;

/// <summary>Counts what one agent sends: a well-behaved one stays far below; one that floods loses its session. For one thread.</summary>
internal sealed class MessagePace(TimeProvider clock)
{
    private const double PerSecond = 20;
    private const double AtOnce = 200;

    private double _left = AtOnce;
    private long _at = clock.GetTimestamp();

    /// <summary>False when it is too many.</summary>
    internal bool Take()
    {
        var now = clock.GetTimestamp();
        _left = Math.Min(AtOnce, _left + (clock.GetElapsedTime(_at, now).TotalSeconds * PerSecond)) - 1;
        _at = now;
        return _left >= 0;
    }
}
