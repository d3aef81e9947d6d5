using System.Collections.Immutable;
using Probes.Agent.Policy;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>What a snapshot part or a diff led to.</summary>
/// <param name="Complete">The new assignment; null while parts are outstanding or when <paramref name="Fault"/> is set.</param>
/// <param name="Fault">Why it does not count; then ask for a whole snapshot. Empty otherwise.</param>
internal readonly record struct Assembly(Assignment? Complete, string Fault = "");

/// <summary>Puts assignments together. Nothing counts before it is whole and its digest fits: a cut-off snapshot deletes no check.</summary>
internal sealed class AssignmentAssembler(IReadOnlyCollection<string> kinds, TargetGuard guard)
{
    /// <summary>More checks than any agent runs; beyond, the orchestrator is at fault.</summary>
    internal const int MostChecks = 200_000;

    private ImmutableDictionary<string, AssignedCheck>.Builder? _parts;
    private long _revision;

    public Assembly Take(Wire.Snapshot part)
    {
        if (_parts is null || _revision != part.Revision)
        {
            _parts = Assignment.None.Checks.ToBuilder();
            _revision = part.Revision;
        }

        if (_parts.Count + part.Checks.Count > MostChecks)
        {
            _parts = null;
            return new Assembly(null, $"snapshot {part.Revision} has more than {MostChecks} checks");
        }

        foreach (var spec in part.Checks)
        {
            _parts[spec.Name] = AssignedCheck.Of(spec, kinds, guard);
        }

        if (!part.End)
        {
            return new Assembly(null);
        }

        var whole = new Assignment(part.Revision, _parts.ToImmutable()) { EffectiveUs = part.EffectiveUs };
        _parts = null;
        return Verify(whole, part.Digest.Span, $"snapshot {part.Revision}");
    }

    public Assembly Take(Wire.Diff diff, Assignment held)
    {
        if (diff.BaseRevision != held.Revision || diff.BaseRevision == 0)
        {
            return new Assembly(null, $"the diff builds on revision {diff.BaseRevision}, this agent holds {held.Revision}");
        }

        if (_parts is not null)
        {
            _parts = null;
            return new Assembly(null, $"snapshot {_revision} was cut off by a diff");
        }

        var checks = held.Checks.ToBuilder();
        checks.RemoveRange(diff.Deletes);
        foreach (var spec in diff.Upserts)
        {
            checks[spec.Name] = AssignedCheck.Of(spec, kinds, guard);
        }

        return checks.Count > MostChecks
            ? new Assembly(null, $"diff {diff.Revision} makes more than {MostChecks} checks")
            : Verify(new Assignment(diff.Revision, checks.ToImmutable()) { EffectiveUs = diff.EffectiveUs }, diff.Digest.Span, $"diff {diff.Revision}");
    }

    private static Assembly Verify(Assignment whole, ReadOnlySpan<byte> digest, string what) =>
        digest.SequenceEqual(whole.Digest()) ? new Assembly(whole) : new Assembly(null, $"the digest of {what} does not fit its checks");
}
