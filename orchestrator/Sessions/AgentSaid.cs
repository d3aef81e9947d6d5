using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Assignment;

namespace Probes.Orchestrator.Sessions;

/// <summary>What an agent said of itself at the beginning of its session. Immutable.</summary>
/// <param name="Version">Of its build.</param>
/// <param name="Kinds">Probe kinds it can run; empty: it did not say.</param>
/// <param name="Understands">What it understands beyond the first version.</param>
/// <param name="Capacity">Runs a second it can take; 0: not declared.</param>
internal sealed record AgentSaid(string Version, IReadOnlyList<string> Kinds, IReadOnlyList<string> Understands, double Capacity)
{
    /// <summary>What this orchestrator uses of what an agent may understand.</summary>
    internal static readonly IReadOnlyList<string> Used = [Capabilities.Signed, Capabilities.Secrets, Capabilities.EffectiveTime, Capabilities.OnDemand, Capabilities.Fitness];

    internal static readonly AgentSaid Nothing = new("", [], [], 0);

    /// <summary>Version of its measuring: what engines of other versions measure is not compared. Empty: it did not say.</summary>
    internal string Engine { get; init; } = "";

    /// <summary>When it said so.</summary>
    internal DateTimeOffset At { get; init; }

    internal static AgentSaid Of(Hello hello, DateTimeOffset at) => new(
        hello.Version, [.. hello.Kinds], [.. hello.Capabilities], double.IsFinite(hello.Capacity) && hello.Capacity > 0 ? hello.Capacity : 0)
    { Engine = hello.EngineVersion, At = at };

    /// <summary>For <see cref="Candidate.Abilities"/>.</summary>
    internal string Abilities { get; } = Candidate.AbilitiesOf(Kinds, Understands);

    internal bool Can(string capability) => Understands.Contains(capability, StringComparer.Ordinal);

    /// <summary>What this orchestrator would use and the agent has not; empty when nothing is missing.</summary>
    internal static string Degraded(AgentSaid self)
    {
        var kinds = self.Kinds.Count == 0 ? [] : ProbeKinds.Names.Except(self.Kinds, StringComparer.Ordinal).ToList();
        var missing = Used.Except(self.Understands, StringComparer.Ordinal).ToList();
        return string.Join("; ", new[]
        {
            kinds.Count > 0 ? $"cannot run {string.Join(", ", kinds)}" : "",
            missing.Count > 0 ? $"does not know {string.Join(", ", missing)}" : "",
        }.Where(p => p.Length > 0));
    }
}
