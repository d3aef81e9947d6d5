using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Projects;

/// <summary>Results of the caller's checks. What is written is written as ever: only the orchestrator itself does.</summary>
internal sealed class ScopedResults(IResultStore whole, ICatalog catalog, ProjectScope scope) : IResultStore
{
    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct)
    {
        if (scope.Visible is null)
        {
            return whole.ReadResultsAsync(query, ct);
        }

        var mine = catalog.Current.ChecksById;
        return query.CheckId is not { } id ? whole.ReadResultsAsync(query with { CheckIds = [.. mine.Keys] }, ct)
            : mine.ContainsKey(id) ? whole.ReadResultsAsync(query, ct)
            : Task.FromResult(new ResultPage([], null));
    }

    /// <summary>Nobody knows whose a message was that could not be read.</summary>
    public Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct) =>
        scope.Bound is null ? whole.ReadDeadLettersAsync(limit, ct) : Task.FromResult<IReadOnlyList<DeadLetter>>([]);

    public async Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Sees(checkId) ? await whole.ReadRollupsAsync(checkId, from, to, ct) : [];

    public async Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        [.. (await whole.ReadRollupsAsync(from, to, ct)).Where(r => Sees(r.Key.CheckId))];

    public Task VisitRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        Sees(checkId) ? whole.VisitRollupsAsync(checkId, from, to, visit, ct) : Task.CompletedTask;

    public Task VisitRollupsAsync(DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        whole.VisitRollupsAsync(from, to, scope.Visible is null ? visit : (key, bytes) =>
        {
            if (Sees(key.CheckId))
            {
                visit(key, bytes);
            }
        }, ct);

    public Task VisitNewestAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct) =>
        whole.VisitNewestAsync([.. pairs.Where(p => Sees(p.CheckId))], minute, most, visit, ct);

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) => whole.StoreAsync(batches, ct);

    public Task<IReadOnlyCollection<RollupKey>> FlushAsync(CancellationToken ct) => whole.FlushAsync(ct);

    public Task<IReadOnlyList<RollupKey>> ReadLeftAsync(int limit, CancellationToken ct) => whole.ReadLeftAsync(limit, ct);

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => whole.ReadDirtyAsync(limit, ct);

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => whole.RollUpAsync(keys, ct);

    public Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct) => whole.AddDeadLetterAsync(letter, ct);

    public Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct) => whole.ExpireAsync(resultsBefore, rollupsBefore, ct);

    public Task<bool> PingAsync(CancellationToken ct) => whole.PingAsync(ct);

    private bool Sees(int checkId) => scope.Visible is null || catalog.Current.ChecksById.ContainsKey(checkId);
}
