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
}

/// <summary>Who is connected, and what they last said.</summary>
public interface IAgentRegistry
{
    /// <summary>All enrolled agents, ordered by location and name.</summary>
    IReadOnlyList<AgentStatus> Agents();
}
