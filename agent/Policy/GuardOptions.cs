namespace Probes.Agent.Policy;

/// <summary>What an agent may touch, by its own configuration.</summary>
internal sealed record GuardOptions
{
    /// <summary>Every address: for a person's own hand, and for agents inside the orchestrator. A policy still counts. Default false.</summary>
    public bool AnyAddress { get; init; }

    /// <summary>Special-purpose addresses that may be probed all the same; default none.</summary>
    public IReadOnlyList<Cidr> AllowCidrs { get; init; } = [];

    /// <summary>Default: no policy file.</summary>
    public AgentPolicy Policy { get; init; } = AgentPolicy.None;
}
