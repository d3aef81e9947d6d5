using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Sessions;

/// <summary>Assignments as messages: a diff where the agent's base is known, else a snapshot in parts.</summary>
internal sealed class AssignmentMessages
{
    internal const int MaxChecks = 500;
    internal const int MaxBytes = 1 << 20;

    // Each check is mapped once for all agents, and forgotten with it.
    private readonly ConditionalWeakTable<CatalogCheck, CheckSpec> _specs = [];

    internal IEnumerable<OrchestratorMessage> Between(Revision? from, Revision target) =>
        from is null ? Snapshot(target) : [new OrchestratorMessage { Diff = Diff(from, target) }];

    private Diff Diff(Revision from, Revision target)
    {
        var diff = new Diff { BaseRevision = from.Number, Revision = target.Number, Digest = Digest(target.Checks), EffectiveUs = target.EffectiveUs };
        var old = from.Checks.ToDictionary(c => c.Check.Name, c => c.Check.Revision, StringComparer.Ordinal);
        foreach (var check in target.Checks)
        {
            if (!old.Remove(check.Check.Name, out var revision) || revision != check.Check.Revision)
            {
                diff.Upserts.Add(Spec(check));
            }
        }

        diff.Deletes.Add(old.Keys);
        return diff;
    }

    private IEnumerable<OrchestratorMessage> Snapshot(Revision target)
    {
        var part = new Snapshot { Revision = target.Number, EffectiveUs = target.EffectiveUs };
        var bytes = 0;
        foreach (var check in target.Checks)
        {
            var spec = Spec(check);
            var size = spec.CalculateSize();
            if (part.Checks.Count > 0 && (part.Checks.Count >= MaxChecks || bytes + size > MaxBytes))
            {
                yield return new OrchestratorMessage { Snapshot = part };
                part = new Snapshot { Revision = target.Number, EffectiveUs = target.EffectiveUs };
                bytes = 0;
            }

            part.Checks.Add(spec);
            bytes += size;
        }

        part.End = true;
        part.Digest = Digest(target.Checks);
        yield return new OrchestratorMessage { Snapshot = part };
    }

    private CheckSpec Spec(CatalogCheck check) => _specs.GetValue(check, c => WireChecks.ToWire(c.Check));

    private static ByteString Digest(ImmutableArray<CatalogCheck> checks) =>
        ByteString.CopyFrom(AssignmentDigest.Compute(checks.Select(c => (c.Check.Name, c.Check.Revision))));
}
