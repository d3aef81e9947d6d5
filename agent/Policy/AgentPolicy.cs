using System.Net;
using Probes.Contracts.Checks;

namespace Probes.Agent.Policy;

/// <summary>The agent's own policy file. Where an allow list is empty, everything is allowed that is not denied; a denial always counts.</summary>
internal sealed record AgentPolicy
{
    /// <summary>Without a file.</summary>
    public static AgentPolicy None { get; } = new();

    /// <summary>Where the agent is, whatever its orchestrator says; null: as the orchestrator says.</summary>
    public LocationType? Location { get; init; }

    public IReadOnlyList<string> AllowKinds { get; init; } = [];

    public IReadOnlyList<string> DenyKinds { get; init; } = [];

    public IReadOnlyList<PortRange> AllowPorts { get; init; } = [];

    public IReadOnlyList<PortRange> DenyPorts { get; init; } = [];

    public TargetRules AllowTargets { get; init; } = TargetRules.None;

    public TargetRules DenyTargets { get; init; } = TargetRules.None;

    /// <summary>Special-purpose addresses that may be probed all the same; they restrict nothing.</summary>
    public IReadOnlyList<Cidr> AllowCidrs { get; init; } = [];

    /// <summary>Whether it holds any rule on what may be probed.</summary>
    public bool Restricts => AllowKinds.Count + DenyKinds.Count + AllowPorts.Count + DenyPorts.Count > 0 || !AllowTargets.IsEmpty || !DenyTargets.IsEmpty;

    public Refusal? OfKind(string kind) =>
        DenyKinds.Contains(kind, StringComparer.Ordinal) ? Denied($"kind '{kind}' is in kinds.deny")
        : AllowKinds.Count > 0 && !AllowKinds.Contains(kind, StringComparer.Ordinal) ? Denied($"kind '{kind}' is not in kinds.allow")
        : null;

    public Refusal? OfPort(int port)
    {
        // Not by foreach, which would allocate.
        for (var i = 0; i < DenyPorts.Count; i++)
        {
            if (DenyPorts[i].Contains(port))
            {
                return Denied($"port {port} is in ports.deny ({DenyPorts[i]})");
            }
        }

        var allowed = AllowPorts.Count == 0;
        for (var i = 0; i < AllowPorts.Count && !allowed; i++)
        {
            allowed = AllowPorts[i].Contains(port);
        }

        return allowed ? null : Denied($"port {port} is not in ports.allow");
    }

    /// <summary>What can be said of a host before its address is known.</summary>
    public Refusal? OfHost(string host) =>
        DenyTargets.Find(host) is { } denied ? Denied($"{host} is in targets.deny ({denied})")
        : AllowTargets.IsEmpty || AllowTargets.Blocks.Count > 0 || AllowTargets.Find(host) is not null ? null
        : Denied($"{host} is not in targets.allow");

    /// <summary>Of a name that is asked or claimed but not connected to: a dns check's, a Host header's, a server name's. Blocks of addresses do not help it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="needed">False: a policy that lists no host at all does not judge it.</param>
    public Refusal? OfName(string name, bool needed) =>
        DenyTargets.Find(name) is { } denied ? Denied($"{name} is in targets.deny ({denied})")
        : AllowTargets.Hosts.Count == 0 && (AllowTargets.IsEmpty || !needed) ? null
        : AllowTargets.Find(name) is null ? Denied($"{name} is not in targets.allow")
        : null;

    /// <summary>Of the address that is about to be connected to, for a host that <see cref="OfHost"/> let pass; empty when there is no name.</summary>
    public Refusal? OfAddress(string host, UInt128 bits) =>
        DenyTargets.Find(bits) is { } denied ? Denied($"{AddressBits.ToAddress(bits)} is in targets.deny ({denied})")
        : AllowTargets.IsEmpty || AllowTargets.Find(bits) is not null || (host.Length > 0 && !IPAddress.TryParse(host, out _) && AllowTargets.Find(host) is not null) ? null
        : Denied($"{(host.Length > 0 ? $"{host} at " : "")}{AddressBits.ToAddress(bits)} is not in targets.allow");

    private static Refusal Denied(string rule) => new(Refusal.PolicyDenied, $"this agent's policy forbids it: {rule}");
}
