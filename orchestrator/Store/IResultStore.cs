using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store;

/// <summary>The hot path: results, rollups and what reads them. One implementation per engine.</summary>
public interface IResultStore
{
    /// <summary>
    /// Stores batches in one transaction: their identities, the rows not stored before, and marks of the minutes they touch.
    /// Sequences of an (agent, epoch) that were stored before are counted as duplicates and dropped.
    /// </summary>
    Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct);

    /// <summary>
    /// Adds to the rollups what this process has stored and still has in its hands, without reading it again; the keys whose rollups changed. None where the engine keeps nothing in hand.
    /// </summary>
    Task<IReadOnlyCollection<RollupKey>> FlushAsync(CancellationToken ct) => Task.FromResult<IReadOnlyCollection<RollupKey>>([]);

    /// <summary>As <see cref="ReadDirtyAsync"/>, without what a living orchestrator is about to add by <see cref="FlushAsync"/>.</summary>
    Task<IReadOnlyList<RollupKey>> ReadLeftAsync(int limit, CancellationToken ct) => ReadDirtyAsync(limit, ct);

    /// <summary>Up to <paramref name="limit"/> of the keys that have results which are not in their rollup.</summary>
    Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct);

    /// <summary>Computes these keys anew from the stored results, writes the rollups and clears the marks, in one transaction. Safe at any time, from any orchestrator.</summary>
    Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct);

    /// <summary>Minute rollups of one check with from &lt;= minute &lt; to, ordered by minute.</summary>
    Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>Minute rollups of all checks with from &lt;= minute &lt; to.</summary>
    Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>
    /// As <see cref="ReadRollupsAsync(int, DateTimeOffset, DateTimeOffset, CancellationToken)"/>, without making an object of each: for
    /// heatmaps, which merge one sketch of some ten thousand rows by <see cref="RollupCodec.MergeInto(ReadOnlySpan{byte}, RollupPart, Sketch)"/>.
    /// </summary>
    async Task VisitRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct)
    {
        foreach (var row in await ReadRollupsAsync(checkId, from, to, ct))
        {
            visit(row.Key, RollupCodec.Encode(row.Rollup));
        }
    }

    /// <summary>As above, of all checks, in no certain order.</summary>
    async Task VisitRollupsAsync(DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct)
    {
        foreach (var row in await ReadRollupsAsync(from, to, ct))
        {
            visit(row.Key, RollupCodec.Encode(row.Rollup));
        }
    }

    /// <summary>Stored results, newest first.</summary>
    Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct);

    /// <summary>The newest results of one minute of each of some pairs, at most <paramref name="most"/> of a pair, in no certain order; for those that would not read all there is.</summary>
    async Task VisitNewestAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct)
    {
        foreach (var (check, agent, after) in pairs)
        {
            var query = new ResultQuery { CheckId = check, AgentIds = [agent], From = minute, To = minute.AddMinutes(1), Limit = most };
            foreach (var found in (await ReadResultsAsync(query, ct)).Items.Where(r => r.Result.Due > after))
            {
                visit(found);
            }
        }
    }

    Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct);

    /// <summary>Drops results and rollups older than these; returns how many rows (or partitions' rows) went. PostgreSQL drops whole UTC days only.</summary>
    Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct);

    /// <summary>True when the engine answers.</summary>
    Task<bool> PingAsync(CancellationToken ct);
}

/// <summary>A batch whose names are resolved to ids and whose items are valid; sequence of item i is given beside it.</summary>
public sealed record ResolvedBatch(int AgentId, long Epoch, long FirstSequence, int Count, IReadOnlyList<ResolvedResult> Items, string EngineVersion)
{
    /// <summary>What stands among the results of runs that its agent gave up; counted once by their sequences, like results.</summary>
    public IReadOnlyList<ResolvedGap> Gaps { get; init; } = [];
}

public readonly record struct ResolvedResult(long Sequence, int CheckId, RunResult Result);

/// <param name="CheckId">Null when the check is not known.</param>
public readonly record struct ResolvedGap(long Sequence, int? CheckId, RunGap Gap);

/// <summary>What became of one batch; Stored + Duplicate = its items.</summary>
public readonly record struct StoreOutcome(int Stored, int Duplicate)
{
    /// <summary>Its gaps that were not told before; null: none.</summary>
    public IReadOnlyList<RunGap>? Gaps { get; init; }
}

public sealed record ResultQuery
{
    public int? CheckId { get; init; }
    /// <summary>Without <see cref="CheckId"/>: only these; null: all.</summary>
    public IReadOnlyList<int>? CheckIds { get; init; }
    public IReadOnlyList<int>? AgentIds { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
    /// <summary>1 to 1000, default 100.</summary>
    public int Limit { get; init; } = 100;
    /// <summary>Opaque; from a page before.</summary>
    public string? Cursor { get; init; }
}

/// <param name="After">Results due at this time or before are left out.</param>
public readonly record struct NewestOf(int CheckId, int AgentId, DateTimeOffset After);

public sealed record StoredResult(int CheckId, int AgentId, RunResult Result);

public sealed record ResultPage(IReadOnlyList<StoredResult> Items, string? NextCursor);

/// <summary>A message that could not be taken: why, and its first bytes (at most 64 KiB).</summary>
public sealed record DeadLetter(long Id, DateTimeOffset At, string Source, string Reason, int Size, byte[] Body);
