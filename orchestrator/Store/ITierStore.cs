using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Orchestrator.Store;

/// <summary>A result store and the coarser tiers beside it, in one database.</summary>
internal interface ITiered
{
    ITierStore Tiers { get; }
}

/// <summary>
/// Hour and day rollups, and how far each tier goes. They are made by the leader (<see cref="TierBuilder"/>) from the tier below. Whoever writes minute rollups marks the hours
/// that were sealed before, in the same transaction; whoever writes hours marks their day. All minutes are since the Unix epoch.
/// </summary>
public interface ITierStore
{
    Task<TierState> StateAsync(CancellationToken ct);

    /// <summary>Every check, agent and minute, from &lt;= minute &lt; to, that has results or a minute rollup.</summary>
    Task<IReadOnlyList<RollupKey>> ReadKeysAsync(long from, long to, CancellationToken ct);

    /// <summary>Rollups of one check with from &lt;= minute &lt; to, ordered by minute; of the tiers hour and day.</summary>
    Task VisitAsync(Tier tier, int checkId, long from, long to, RollupVisitor visit, CancellationToken ct);

    /// <summary>Up to <paramref name="limit"/> marks of what begins before the tier's seal, the oldest first.</summary>
    Task<IReadOnlyList<TierMark>> ReadMarksAsync(Tier tier, int limit, CancellationToken ct);

    /// <summary>
    /// Puts these rollups in the place of all that the marked (check, start) have, and takes the marks away, in one transaction. False, and nothing is changed, when one of the
    /// marks is gone: then another orchestrator has done it, perhaps from newer data.
    /// </summary>
    Task<bool> WriteAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyList<RollupRow> rollups, CancellationToken ct);

    /// <summary>Replaces marks by one for each of these checks, at each mark's start; of a mark that is gone too: one mark too many costs work only.</summary>
    Task ReplaceAsync(Tier tier, IReadOnlyList<TierMark> marks, IReadOnlyCollection<int> checks, CancellationToken ct);

    /// <summary>Marks all that begins from inclusive, to exclusive.</summary>
    /// <param name="checkId">Of one check, or <see cref="TierMark.EveryCheck"/>.</param>
    Task MarkAsync(Tier tier, long from, long to, int checkId, CancellationToken ct);

    /// <summary>
    /// From now on what comes in for before the minute marks what it changes. Hours that begin between the seal before and this one, or the first minute there is, are marked for every
    /// check; days are marked by the hours that are written.
    /// </summary>
    Task SealAsync(Tier tier, long before, CancellationToken ct);

    /// <summary>Readers may use the tier up to here.</summary>
    Task SetBuiltAsync(Tier tier, long before, CancellationToken ct);

    /// <summary>Says, before it is done, that all before the minute goes; never goes back.</summary>
    Task SetGoneAsync(Tier tier, long before, CancellationToken ct);

    /// <summary>Removes hour or day rollups that begin before the minute; PostgreSQL whole months only. Returns how many rows went.</summary>
    Task<long> ExpireAsync(Tier tier, long before, CancellationToken ct);
}
