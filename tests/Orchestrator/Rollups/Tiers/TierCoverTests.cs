using CsCheck;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Tests.Orchestrator.Rollups.Tiers;

internal sealed class TierCoverTests
{
    private const long Day = 1440;

    [Test]
    public void A_span_is_covered_once_without_a_hole_and_by_nothing_that_is_not_built() =>
        Gen.Select(Gen.Long[0, 5 * Day], Gen.Long[1, 5 * Day], Gen.Enum<Tier>().Where(t => t != Tier.Results), Gen.Long[0, 240], Gen.Long[0, 10])
            .Sample((from, length, coarsest, hours, days) =>
            {
                var state = State(hourBuilt: hours * 60, dayBuilt: days * Day);
                var at = from;
                foreach (var piece in TierCover.Of(coarsest, from, from + length, state))
                {
                    Assert.That(piece.From, Is.EqualTo(at));
                    Assert.That(piece.To, Is.GreaterThan(piece.From));
                    Assert.That(piece.Tier, Is.LessThanOrEqualTo(coarsest));
                    Assert.That(piece.Tier == Tier.Minute || (piece.To <= state[piece.Tier].Built && piece.From == piece.Tier.Floor(piece.From) && piece.To == piece.Tier.Floor(piece.To)));
                    at = piece.To;
                }

                Assert.That(at, Is.EqualTo(from + length));
            });

    [Test]
    public void Days_in_the_middle_hours_beside_them_and_minutes_at_the_edges() => Assert.That(
        TierCover.Of(Tier.Day, Day - 61, (3 * Day) + 125, State(10 * Day, 10 * Day)),
        Is.EqualTo(new[]
        {
            new TierPiece(Tier.Minute, Day - 61, Day - 60), new TierPiece(Tier.Hour, Day - 60, Day), new TierPiece(Tier.Day, Day, 3 * Day),
            new TierPiece(Tier.Hour, 3 * Day, (3 * Day) + 120), new TierPiece(Tier.Minute, (3 * Day) + 120, (3 * Day) + 125),
        }));

    [Test]
    public void Where_minutes_are_gone_edges_are_widened_to_whole_hours_and_where_hours_are_gone_to_whole_days()
    {
        var state = State(10 * Day, 10 * Day) with { Minute = new TierSpan(5 * Day, 0, 0), Hour = new TierSpan(2 * Day, 10 * Day, 10 * Day) };
        Assert.That(TierCover.Of(Tier.Day, Day + 5, Day + 50, state), Is.EqualTo(new[] { new TierPiece(Tier.Day, Day, 2 * Day) }));
        Assert.That(TierCover.Of(Tier.Day, (3 * Day) + 5, (3 * Day) + 50, state), Is.EqualTo(new[] { new TierPiece(Tier.Hour, 3 * Day, (3 * Day) + 60) }));
    }

    [TestCase(5, Tier.Minute)]
    [TestCase(90, Tier.Minute)]
    [TestCase(120, Tier.Hour)]
    [TestCase(1440, Tier.Day)]
    public void A_step_is_made_of_what_fits_into_it(int minutes, Tier tier) => Assert.That(TierCover.For(minutes), Is.EqualTo(tier));

    private static TierState State(long hourBuilt, long dayBuilt) =>
        TierState.Nothing with { Hour = new TierSpan(0, hourBuilt, hourBuilt), Day = new TierSpan(0, dayBuilt, dayBuilt) };
}
