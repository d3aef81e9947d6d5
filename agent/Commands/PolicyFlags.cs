using System.CommandLine;
using Probes.Agent.Policy;

namespace Probes.Agent.Commands;

/// <summary><c>--policy</c> and <c>--allow-cidr</c>: what this agent may touch, by its own configuration.</summary>
internal static class PolicyFlags
{
    public static Option<string?> Policy() => new("--policy")
    {
        Description = "What may be probed from here: a policy file, which no orchestrator can widen (or PROBES_POLICY; see docs/agent-policy.md)",
        HelpName = "FILE",
    };

    public static Option<string[]> AllowCidr() => new("--allow-cidr")
    {
        Description = "Special-purpose addresses that may be probed from here all the same, such as 10.20.0.0/16; may be repeated (or PROBES_ALLOW_CIDRS, separated by commas)",
        HelpName = "CIDR",
    };

    /// <exception cref="AgentStopException">A flag or the file is wrong; the message says where and what is allowed.</exception>
    public static GuardOptions Read(string? policy, IReadOnlyList<string>? cidrs)
    {
        var file = !string.IsNullOrEmpty(policy) ? policy : Environment.GetEnvironmentVariable("PROBES_POLICY");
        var named = cidrs is { Count: > 0 } ? "--allow-cidr" : "PROBES_ALLOW_CIDRS";
        var texts = cidrs is { Count: > 0 } ? cidrs
            : (Environment.GetEnvironmentVariable("PROBES_ALLOW_CIDRS") ?? "").Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new GuardOptions
        {
            AllowCidrs = [.. texts.Select(t => Cidr.TryParse(t, out var cidr) ? cidr
                : throw new AgentStopException(ExitCodes.BadInput, $"{named}: '{t}' is not a block of addresses (allowed: {Cidr.Allowed})"))],
            Policy = string.IsNullOrEmpty(file) ? AgentPolicy.None : PolicyFile.Load(file),
        };
    }
}
