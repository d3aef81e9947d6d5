using System.Collections.Immutable;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>One check as it was given, and as this agent understands it.</summary>
/// <param name="Spec">As given; kept so that a digest and a file can be made of it.</param>
/// <param name="Check">Null when this agent cannot run it.</param>
/// <param name="Refusal">Why it cannot; empty otherwise.</param>
internal sealed record AssignedCheck(Wire.CheckSpec Spec, Check? Check, string Refusal)
{
    public static AssignedCheck Of(Wire.CheckSpec spec, IReadOnlyCollection<string> kinds, TargetGuard guard)
    {
        var (check, reason) = WireChecks.FromWire(spec);
        return check is null ? new AssignedCheck(spec, null, reason)
            : !kinds.Contains(check.Probe.Kind) ? new AssignedCheck(spec, null, $"this agent has no probe for kind '{check.Probe.Kind}'")
            : guard.OfCheck(check) is { } refusal ? new AssignedCheck(spec, null, refusal.ToString())
            : new AssignedCheck(spec, check, "");
    }
}

/// <summary>The set of checks this agent must run now. Refused checks are part of it: they count in the digest and are not run.</summary>
internal sealed record Assignment(long Revision, ImmutableDictionary<string, AssignedCheck> Checks)
{
    /// <summary>Revision 0: nothing was ever assigned.</summary>
    public static Assignment None { get; } = new(0, ImmutableDictionary.Create<string, AssignedCheck>(StringComparer.Ordinal));

    /// <summary>By the orchestrator's clock, microseconds since the Unix epoch: due times before it belong to the assignment before. 0: at once.</summary>
    public long EffectiveUs { get; init; }

    public byte[] Digest() => AssignmentDigest.Compute(Checks.Values.Select(c => (c.Spec.Name, c.Spec.Revision)));

    /// <summary>What can be run.</summary>
    public IReadOnlyList<Check> Runnable() => [.. Checks.Values.Select(c => c.Check).OfType<Check>()];

    /// <summary>The same set, each check of it judged anew.</summary>
    public Assignment Judged(IReadOnlyCollection<string> kinds, TargetGuard guard) =>
        this with { Checks = Checks.ToImmutableDictionary(c => c.Key, c => AssignedCheck.Of(c.Value.Spec, kinds, guard), StringComparer.Ordinal) };

    public IEnumerable<Wire.RefusedCheck> Refused() =>
        Checks.Values.Where(c => c.Check is null).Select(c => new Wire.RefusedCheck { Check = c.Spec.Name, Reason = c.Refusal });
}
