using System.Collections.Immutable;

namespace Probes.Orchestrator.Fleet;

/// <summary>A time in which an agent's checks were its peers': from <paramref name="From"/> on, up to and without <paramref name="To"/>; null: still.</summary>
internal readonly record struct Fence(DateTimeOffset From, DateTimeOffset? To);

/// <summary>Gives the fences as of now, with those of other replicas.</summary>
internal delegate ValueTask<FenceSet> CurrentFences(CancellationToken ct);

/// <summary>All fences that results may still meet, by agent. Immutable.</summary>
internal sealed record FenceSet(ImmutableDictionary<int, ImmutableArray<Fence>> ByAgent)
{
    internal static readonly FenceSet Empty = new(ImmutableDictionary<int, ImmutableArray<Fence>>.Empty);

    internal bool IsOpen(int agentId) => Of(agentId).Any(f => f.To is null);

    /// <summary>Whether what this agent ran for this due time must not be counted: a peer was to run it.</summary>
    internal bool Contains(int agentId, DateTimeOffset due)
    {
        foreach (var fence in Of(agentId))
        {
            if (due >= fence.From && (fence.To is not { } to || due < to))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same set when one is open already.</summary>
    internal FenceSet Open(int agentId, DateTimeOffset from) =>
        IsOpen(agentId) ? this : new FenceSet(ByAgent.SetItem(agentId, Of(agentId).Add(new Fence(from, null))));

    /// <summary>The same set when none is open.</summary>
    internal FenceSet Close(int agentId, DateTimeOffset to) => !IsOpen(agentId) ? this
        : new FenceSet(ByAgent.SetItem(agentId, [.. Of(agentId).Select(f => f.To is null ? f with { To = to } : f)]));

    private ImmutableArray<Fence> Of(int agentId) => ByAgent.TryGetValue(agentId, out var fences) ? fences : [];
}
