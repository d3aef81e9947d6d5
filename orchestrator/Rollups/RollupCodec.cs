using System.Buffers;

namespace Probes.Orchestrator.Rollups;

/// <summary>The sketches of a rollup in the order they are stored.</summary>
public enum RollupPart { Total, Dns, Connect, Tls, Send, Wait, Transfer }

/// <summary>
/// Rollups as bytes. Version byte 1; six counts; then seven sketches, each a byte length (0 = empty) and a body. All numbers are
/// LEB128 varints. Body: sum in whole microseconds, index of the lowest bucket (zigzag), n &lt;&lt; 1 | dense, then n counts of consecutive
/// buckets (dense) or n pairs of gap to the bucket before and count (sparse), whichever is shorter. A minute of one run takes some 40 bytes.
/// Parts that are not asked for are skipped by their length. Last, since adherence is measured, comes the number of late runs; builds from
/// before wrote nothing there, and do not look.
/// </summary>
public static class RollupCodec
{
    private const byte Version = 1;
    private const int Parts = 7;

    public static byte[] Encode(Rollup rollup)
    {
        var bytes = new ArrayBufferWriter<byte>(128);
        var body = new ArrayBufferWriter<byte>(64);
        Write(rollup, bytes, body);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Appends to <paramref name="bytes"/>; <paramref name="scratch"/> is cleared and used.</summary>
    internal static void Write(Rollup rollup, ArrayBufferWriter<byte> bytes, ArrayBufferWriter<byte> scratch)
    {
        WriteCounts(rollup.Counts, bytes);
        for (var part = 0; part < Parts; part++)
        {
            scratch.ResetWrittenCount();
            SketchCodec.Write(rollup[(RollupPart)part], scratch);
            Varint.Write(bytes, (ulong)scratch.WrittenCount);
            bytes.Write(scratch.WrittenSpan);
        }

        Varint.Write(bytes, (ulong)rollup.Late);
    }

    /// <summary>The same bytes as of a rollup of this one run, without making it: with a run a minute it is every rollup there is.</summary>
    internal static void Write(in StoredRun run, ArrayBufferWriter<byte> bytes, ArrayBufferWriter<byte> scratch)
    {
        WriteCounts(RollupBuilder.Count(run), bytes);
        for (var part = RollupPart.Total; part <= RollupPart.Transfer; part++)
        {
            scratch.ResetWrittenCount();
            if (RollupBuilder.Time(run, part) is var micros and >= 0)
            {
                SketchCodec.Write(RollupBuilder.Milliseconds(micros), scratch);
            }

            Varint.Write(bytes, (ulong)scratch.WrittenCount);
            bytes.Write(scratch.WrittenSpan);
        }

        Varint.Write(bytes, RollupBuilder.IsLate(run) ? 1UL : 0);
    }

    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    public static Rollup Decode(ReadOnlySpan<byte> bytes)
    {
        var rollup = new Rollup();
        MergeInto(bytes, rollup);
        return rollup;
    }

    /// <summary>Adds stored counts and sketches to <paramref name="target"/> without making a rollup of them first.</summary>
    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    public static void MergeInto(ReadOnlySpan<byte> bytes, Rollup target)
    {
        target.Counts += ReadCounts(ref bytes);
        for (var part = 0; part < Parts; part++)
        {
            var body = Varint.Slice(ref bytes);
            if (body.Length > 0)
            {
                SketchCodec.MergeInto(body, target[(RollupPart)part]);
            }
        }

        target.Late += ReadLate(bytes);
    }

    /// <summary>Adds one stored sketch only; returns the counts, which cost nothing more.</summary>
    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    public static RunCounts MergeInto(ReadOnlySpan<byte> bytes, RollupPart wanted, Sketch target)
    {
        var body = Body(bytes, wanted);
        if (body.Length > 0)
        {
            SketchCodec.MergeInto(body, target);
        }

        return ReadCounts(ref bytes);
    }

    /// <summary>One stored sketch as it stands there; empty: it holds nothing.</summary>
    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    internal static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> bytes, RollupPart wanted)
    {
        ReadCounts(ref bytes);
        for (var part = 0; part < (int)wanted; part++)
        {
            Varint.Slice(ref bytes);
        }

        return Varint.Slice(ref bytes);
    }

    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    public static RunCounts Counts(ReadOnlySpan<byte> bytes) => ReadCounts(ref bytes);

    /// <summary>Counts, and how many of the runs were late.</summary>
    /// <exception cref="FormatException">Not a rollup, of a newer version, or cut off.</exception>
    public static (RunCounts Counts, long Late) Adherence(ReadOnlySpan<byte> bytes)
    {
        var counts = ReadCounts(ref bytes);
        for (var part = 0; part < Parts; part++)
        {
            Varint.Slice(ref bytes);
        }

        return (counts, ReadLate(bytes));
    }

    private static void WriteCounts(RunCounts c, ArrayBufferWriter<byte> bytes)
    {
        bytes.GetSpan(1)[0] = Version;
        bytes.Advance(1);
        foreach (var count in (ReadOnlySpan<long>)[c.Passed, c.TargetFaults, c.DnsFaults, c.NetworkFaults, c.AgentFaults, c.Missed])
        {
            Varint.Write(bytes, (ulong)count);
        }
    }

    private static long ReadLate(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : Next(ref bytes);

    private static RunCounts ReadCounts(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
        {
            throw new FormatException(bytes.IsEmpty ? "Rollup is empty." : $"Rollup has version {bytes[0]}; this build reads {Version}.");
        }

        bytes = bytes[1..];
        return new RunCounts(Next(ref bytes), Next(ref bytes), Next(ref bytes), Next(ref bytes), Next(ref bytes), Next(ref bytes));
    }

    private static long Next(ref ReadOnlySpan<byte> bytes) => (long)Varint.Read(ref bytes);
}
