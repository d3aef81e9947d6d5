using Microsoft.EntityFrameworkCore.Storage;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>Minute rollups in a dictionary, and the lead, which a test may take away: what detection and heatmaps need of a store.</summary>
internal sealed class RollupsInMemory : IResultStore, ILeadership
{
    public Dictionary<RollupKey, Rollup> Rollups { get; } = [];

    /// <summary>False: another orchestrator leads.</summary>
    public bool Leads { get; set; } = true;

    public void Add(int check, int agent, DateTimeOffset at, params StoredRun[] runs)
    {
        var key = new RollupKey(check, agent, at.ToUnixTimeSeconds() / 60);
        if (!Rollups.TryGetValue(key, out var rollup))
        {
            Rollups[key] = rollup = new Rollup();
        }

        foreach (var run in runs)
        {
            RollupBuilder.Add(rollup, run);
        }
    }

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Read(from, to, k => k.CheckId == checkId);

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => Read(from, to, _ => true);

    public Task<IDbContextTransaction> BeginAsync(ProbesContext db, CancellationToken ct) => db.Database.BeginTransactionAsync(ct);

    public Task<bool> PingAsync(CancellationToken ct) => Task.FromResult(true);

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => throw new NotSupportedException();

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => throw new NotSupportedException();

    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct) => throw new NotSupportedException();

    public Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct) => throw new NotSupportedException();

    public Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct) => throw new NotSupportedException();

    private Task<IReadOnlyList<RollupRow>> Read(DateTimeOffset from, DateTimeOffset to, Func<RollupKey, bool> asked) =>
        Task.FromResult<IReadOnlyList<RollupRow>>([.. Rollups
            .Where(r => asked(r.Key) && r.Key.Minute * 60 >= from.ToUnixTimeSeconds() && r.Key.Minute * 60 < to.ToUnixTimeSeconds())
            .OrderBy(r => r.Key.Minute).Select(r => new RollupRow(r.Key, r.Value))]);
}
