using System.Buffers;
using System.Numerics;
using CsCheck;
using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Rollups;

internal sealed class RollupCodecTests
{
    private static readonly Gen<RunCounts> Counts = Gen.Select(
        Gen.Long[0, 100_000], Gen.Long[0, 100], Gen.Long[0, 100], Gen.Long[0, 100], Gen.Long[0, 100], (a, b, c, d, e) => new RunCounts(a, b, c, d, e, a & 7));

    private static readonly Gen<Rollup> AnyRollup = Gen.Select(Counts, SketchTests.Milliseconds.Array[0, 60].Array[7], (counts, values) => new Rollup
    {
        Counts = counts,
        Total = SketchTests.Of(values[0]),
        Dns = SketchTests.Of(values[1]),
        Connect = SketchTests.Of(values[2]),
        Tls = SketchTests.Of(values[3]),
        Send = SketchTests.Of(values[4]),
        Wait = SketchTests.Of(values[5]),
        Transfer = SketchTests.Of(values[6]),
    });

    [Test]
    public void What_is_encoded_is_decoded() => AnyRollup.Sample(rollup => AssertSame(RollupCodec.Decode(RollupCodec.Encode(rollup)), rollup));

    [Test]
    public void Merging_from_bytes_is_merging() => Gen.Select(AnyRollup, AnyRollup).Sample((a, b) =>
    {
        var merged = RollupCodec.Decode(RollupCodec.Encode(a));
        RollupCodec.MergeInto(RollupCodec.Encode(b), merged);
        a.Merge(b);
        AssertSame(merged, a);
    });

    [Test]
    public void One_part_can_be_read_alone() => AnyRollup.Sample(rollup =>
    {
        var wait = new Sketch();
        Assert.That(RollupCodec.MergeInto(RollupCodec.Encode(rollup), RollupPart.Wait, wait), Is.EqualTo(rollup.Counts));
        Assert.That(wait.Buckets(), Is.EqualTo(rollup.Wait.Buckets()));
    });

    [Test]
    public void A_run_alone_is_written_as_the_rollup_of_it_is() => Gen.Select(Gen.Enum<RunStatus>(), Gen.Enum<FailureSource>(), Gen.Long[-1, 90_000_000].Array[7], Gen.Long[0, 300_000]).Sample((status, source, times, late) =>
    {
        var run = new StoredRun(status, source, Math.Max(0, times[0]), times[1], times[2], times[3], times[4], times[5], times[6], late);
        var (bytes, scratch) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        RollupCodec.Write(run, bytes, scratch);
        Assert.That(bytes.WrittenSpan.ToArray(), Is.EqualTo(RollupCodec.Encode(RollupBuilder.Build([run]))));
    });

    [Test]
    public void A_usual_minute_is_small()
    {
        var rollup = new Rollup { Counts = new RunCounts(1, 0, 0, 0, 0, 0) };
        foreach (var sketch in new[] { rollup.Total, rollup.Dns, rollup.Connect, rollup.Tls, rollup.Wait })
        {
            sketch.Add(42.123);
        }

        Assert.That(RollupCodec.Encode(rollup), Has.Length.LessThanOrEqualTo(60));
    }

    [Test]
    public void Bytes_that_are_cut_off_or_strange_are_refused_never_worse() => Gen.Select(AnyRollup, Gen.Int[0, 10_000], Gen.Byte).Sample((rollup, at, value) =>
    {
        var bytes = RollupCodec.Encode(rollup);
        var kept = at % bytes.Length;

        // Without the number of late runs, which comes last, it is what builds from before adherence wrote, and is read as that.
        if (kept == bytes.Length - LengthOf(rollup.Late))
        {
            Assert.That(RollupCodec.Decode(bytes.AsSpan(0, kept)).Late, Is.Zero);
        }
        else
        {
            Assert.That(() => RollupCodec.Decode(bytes.AsSpan(0, kept)), Throws.InstanceOf<FormatException>());
        }

        bytes[at % bytes.Length] = value;
        try
        {
            RollupCodec.Decode(bytes);
        }
        catch (FormatException)
        {
        }
    });

    /// <summary>Bytes of a number as written: seven bits in each (LEB128).</summary>
    private static int LengthOf(long number) => (BitOperations.Log2((ulong)number | 1) / 7) + 1;

    private static void AssertSame(Rollup actual, Rollup expected)
    {
        Assert.That(actual.Counts, Is.EqualTo(expected.Counts));
        foreach (var (a, e) in Sketches(actual).Zip(Sketches(expected)))
        {
            Assert.That(a.Buckets(), Is.EqualTo(e.Buckets()));
            Assert.That(a.Count, Is.EqualTo(e.Count));
            // Whole microseconds.
            Assert.That(a.Sum, Is.EqualTo(e.Sum).Within(0.0011));
        }
    }

    private static Sketch[] Sketches(Rollup r) => [r.Total, r.Dns, r.Connect, r.Tls, r.Send, r.Wait, r.Transfer];
}
