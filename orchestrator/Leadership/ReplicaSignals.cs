namespace Probes.Orchestrator.Leadership;

/// <summary>
/// Short words between orchestrators, sent by whoever writes what they are about, in the same transaction: <c>SELECT pg_notify('probes_signals', ...)</c>.
/// They only hurry: one that is lost is made good by looking every second.
/// </summary>
internal sealed class ReplicaSignals
{
    public const string Topic = "probes_signals";

    /// <summary>Who runs what was agreed on.</summary>
    public const string Plans = "plans";

    /// <summary>A run on demand was asked for, or answered.</summary>
    public const string Calls = "calls";

    public event Action<string>? Heard;

    internal void Raise(string what) => Heard?.Invoke(what);
}
