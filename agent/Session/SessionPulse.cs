namespace Probes.Agent.Session;

/// <summary>When the orchestrator was last heard: what shows that this machine reaches anything at all.</summary>
internal sealed class SessionPulse(TimeProvider time)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private long _heardAt = -1;
    private long _beat = TimeSpan.FromSeconds(5).Ticks;
    private volatile bool _connected;

    /// <summary>Timestamp of the last message; -1: none yet.</summary>
    public long HeardAt => Interlocked.Read(ref _heardAt);

    /// <summary>Not connected, or an answer to a heartbeat is overdue.</summary>
    public bool Silent => !_connected || time.GetElapsedTime(HeardAt) > (new TimeSpan(Interlocked.Read(ref _beat)) * 1.5) + Slack;

    public void Connected(TimeSpan heartbeat)
    {
        Interlocked.Exchange(ref _beat, heartbeat.Ticks);
        Heard();
        _connected = true;
    }

    public void Heard() => Interlocked.Exchange(ref _heardAt, time.GetTimestamp());

    public void Lost() => _connected = false;
}
