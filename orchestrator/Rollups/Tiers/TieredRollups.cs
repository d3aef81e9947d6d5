using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>One check's rollups over any span, from the coarsest tier that serves. A key's minute is the first one of what its rollup covers.</summary>
internal sealed class TieredRollups(IResultStore store, ITierStore tiers)
{
    public async Task VisitAsync(int checkId, DateTimeOffset from, DateTimeOffset to, Tier coarsest, RollupVisitor visit, CancellationToken ct)
    {
        if (coarsest == Tier.Minute)
        {
            await store.VisitRollupsAsync(checkId, from, to, visit, ct);
            return;
        }

        var state = await tiers.StateAsync(ct);
        foreach (var piece in TierCover.Of(coarsest, Micros.CeilingMinute(from), Micros.CeilingMinute(to), state))
        {
            if (piece.Tier == Tier.Minute)
            {
                await store.VisitRollupsAsync(checkId, Tiers.Time(piece.From), Tiers.Time(piece.To), visit, ct);
            }
            else
            {
                await tiers.VisitAsync(piece.Tier, checkId, piece.From, piece.To, visit, ct);
            }
        }
    }
}
