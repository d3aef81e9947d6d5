using System.Collections.Immutable;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Sessions;

/// <summary>Tells an agent that works from one that only answers. Guarded by the slot that owns it.</summary>
internal sealed class WorkProof(TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private long _assignedAt = clock.GetTimestamp();
    private long _workedAt = clock.GetTimestamp();
    private DateTimeOffset _workedTime = clock.GetUtcNow();
    private long _runs;
    private TimeSpan _fastest = TimeSpan.MaxValue;

    /// <summary>It has had time enough to take what it was assigned.</summary>
    internal bool IsOverdue => clock.GetElapsedTime(_assignedAt) > Patience;

    /// <summary>What operators should know; empty while it works, or has nothing to do.</summary>
    internal string Idle => _fastest < TimeSpan.FromDays(3) && clock.GetElapsedTime(_workedAt) > (_fastest * 3) + Patience
        ? $"connected, but it has run nothing since {_workedTime:HH:mm:ss} UTC" : "";

    internal void Assigned(ImmutableArray<CatalogCheck> checks)
    {
        _assignedAt = _workedAt = clock.GetTimestamp();
        _workedTime = clock.GetUtcNow();
        _fastest = checks.Length == 0 ? TimeSpan.MaxValue : checks.Min(c => c.Check.Interval);
    }

    internal void Beat(Heartbeat said)
    {
        var runs = said.RunsExecuted + said.RunsMissed;
        if (runs != _runs || said.Checks == 0)
        {
            _runs = runs;
            _workedAt = clock.GetTimestamp();
            _workedTime = clock.GetUtcNow();
        }
    }
}
