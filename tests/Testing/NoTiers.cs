using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>No hours and no days: everything is read from minutes.</summary>
internal sealed class NoTiers : ITierStore
{
    public TierState State { get; set; } = TierState.Nothing;

    public Task<TierState> StateAsync(CancellationToken ct) => Task.FromResult(State);

    public Task<IReadOnlyList<RollupKey>> ReadKeysAsync(long from, long to, CancellationToken ct) => throw new NotSupportedException();

    public Task VisitAsync(Tier tier, int checkId, long from, long to, RollupVisitor visit, CancellationToken ct) => Task.CompletedTask;

    public Task<IReadOnlyList<TierMark>> ReadMarksAsync(Tier tier, int limit, CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> WriteAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyList<RollupRow> rollups, CancellationToken ct) => throw new NotSupportedException();

    public Task ReplaceAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyCollection<int> checks, CancellationToken ct) => throw new NotSupportedException();

    public Task MarkAsync(Tier tier, long from, long to, int checkId, CancellationToken ct) => throw new NotSupportedException();

    public Task SealAsync(Tier tier, long before, CancellationToken ct) => throw new NotSupportedException();

    public Task SetBuiltAsync(Tier tier, long before, CancellationToken ct) => throw new NotSupportedException();

    public Task SetGoneAsync(Tier tier, long before, CancellationToken ct) => throw new NotSupportedException();

    public Task<long> ExpireAsync(Tier tier, long before, CancellationToken ct) => throw new NotSupportedException();
}
