namespace Probes.Orchestrator.Sessions;

/// <summary>One agent as last heard of.</summary>
public sealed record AgentStatus
{
    public required int Id { get; init; }
    public required string PublicId { get; init; }
    public required string Name { get; init; }
    public required string Location { get; init; }
    public required string Region { get; init; }
    public required bool Online { get; init; }
    public string Version { get; init; } = "";
    public DateTimeOffset? LastSeenAt { get; init; }
    public long Revision { get; init; }
    public long AppliedRevision { get; init; }
    public int RunningChecks { get; init; }
    /// <summary>Orchestrator's clock minus the agent's.</summary>
    public TimeSpan ClockOffset { get; init; }
    public long RunsExecuted { get; init; }
    public long RunsMissed { get; init; }
    public long RunsLate { get; init; }
    public long ResultsDropped { get; init; }
    public long SpoolDepth { get; init; }
    /// <summary>"relay" or "amqp".</summary>
    public string Transport { get; init; } = "";
    public string LastError { get; init; } = "";
    public bool Disabled { get; init; }
    /// <summary>What is wrong with it now; empty: it is fit, or does not say.</summary>
    public IReadOnlyList<AgentUnfit> Unfit { get; init; } = [];
    /// <summary>Given no checks, for maintenance.</summary>
    public bool Drained { get; init; }
    /// <summary>Runs a second it says it can take; 0: not declared.</summary>
    public double Capacity { get; init; }
    /// <summary>Runs a second over the last minute.</summary>
    public double Load { get; init; }
    /// <summary>Runs it did not take because they were over what it can do.</summary>
    public long RunsShed { get; init; }
    /// <summary>What it cannot do and this orchestrator would use; empty when nothing is missing.</summary>
    public string Degraded { get; init; } = "";
    /// <summary>In the last quarter of an hour a second process came with this identity and was refused; <see cref="LastError"/> says when.</summary>
    public bool IdentityClash { get; init; }
}

/// <summary>Who is connected, and what they last said.</summary>
public interface IAgentRegistry
{
    /// <summary>All enrolled agents, ordered by location and name.</summary>
    IReadOnlyList<AgentStatus> Agents();
}
