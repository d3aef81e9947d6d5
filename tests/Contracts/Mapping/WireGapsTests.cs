using CsCheck;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Contracts.Mapping;

public sealed class WireGapsTests
{
    private static readonly string[] Names = ["", "shop-home"];

    private static readonly Gen<RunGap> AnyGap =
        from check in Gen.Int[0, 1].Select(i => Names[i])
        from reason in Gen.Enum<GapReason>()
        from count in Gen.Long[1, long.MaxValue]
        from start in Gen.Long[0, 4_000_000_000_000_000]
        from length in Gen.Long[0, 86_400_000_000]
        select new RunGap(check, reason, count, DateTimeOffset.UnixEpoch.AddMicroseconds(start), DateTimeOffset.UnixEpoch.AddMicroseconds(start + length));

    [Test]
    public void Every_gap_comes_back_as_it_went() =>
        AnyGap.Sample(gap =>
        {
            var bytes = WireGaps.ToWire(gap, (uint)Array.IndexOf(Names, gap.Check)).ToByteArray();
            return WireGaps.FromWire(Wire.Result.Parser.ParseFrom(bytes), Names) == gap;
        });

    [TestCase(2u, 1, 1L, 5L, 6L)]
    [TestCase(0u, 0, 1L, 5L, 6L)]
    [TestCase(0u, 99, 1L, 5L, 6L)]
    [TestCase(0u, 1, 0L, 5L, 6L)]
    [TestCase(0u, 1, -3L, 5L, 6L)]
    [TestCase(0u, 1, 1L, 7L, 6L)]
    [TestCase(0u, 1, 1L, -7L, 6L)]
    [TestCase(0u, 1, 1L, 5L, long.MaxValue)]
    public void What_is_no_gap_is_refused(uint check, int reason, long count, long from, long to)
    {
        var wire = new Wire.Result
        {
            CheckIndex = check,
            Gap = new Wire.Gap { Reason = (Wire.GapReason)reason, Count = count, FromUs = from, ToUs = to },
        };

        Assert.That(WireGaps.FromWire(wire, Names), Is.Null);
    }

    [Test]
    public void A_result_is_no_gap() => Assert.That(WireGaps.FromWire(new Wire.Result(), Names), Is.Null);
}
