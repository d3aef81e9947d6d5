namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>A stretch to read from one tier; minutes since the Unix epoch, from inclusive, to exclusive.</summary>
internal readonly record struct TierPiece(Tier Tier, long From, long To);

/// <summary>Covers a span by rollups as coarse as may be: whole days where there are, then hours, and minutes for what is left. Pure.</summary>
internal static class TierCover
{
    /// <param name="coarsest">Of what the answer can make use: a heatmap in steps of 2 h can use hours, not days.</param>
    /// <param name="from">Inclusive. Where only coarser rollups are left, the span is widened to whole ones.</param>
    /// <param name="to">Exclusive; likewise.</param>
    /// <param name="state">How far the tiers go.</param>
    public static IReadOnlyList<TierPiece> Of(Tier coarsest, long from, long to, TierState state)
    {
        var pieces = new List<TierPiece>();
        Cover(coarsest, from, to, state, pieces);
        return pieces;
    }

    /// <summary>The coarsest tier whose rollups each lie in one step of that many minutes, steps being aligned to the Unix epoch.</summary>
    public static Tier For(long stepMinutes) => stepMinutes % Tier.Day.Minutes() == 0 ? Tier.Day : stepMinutes % Tier.Hour.Minutes() == 0 ? Tier.Hour : Tier.Minute;

    private static void Cover(Tier tier, long from, long to, TierState state, List<TierPiece> pieces)
    {
        if (from >= to)
        {
            return;
        }

        if (tier == Tier.Minute)
        {
            pieces.Add(new TierPiece(tier, from, to));
            return;
        }

        // An edge within an hour is made up of minutes, unless they are gone: then of the whole hour. Likewise hours and days.
        var gone = state[tier.Finer()].Gone;
        var first = from < gone ? tier.Floor(from) : tier.Ceiling(from);
        var end = Math.Min(to <= gone ? tier.Ceiling(to) : tier.Floor(to), state[tier].Built);
        if (first >= end)
        {
            Cover(tier.Finer(), from, to, state, pieces);
            return;
        }

        Cover(tier.Finer(), from, first, state, pieces);
        pieces.Add(new TierPiece(tier, first, end));
        Cover(tier.Finer(), end, to, state, pieces);
    }
}
