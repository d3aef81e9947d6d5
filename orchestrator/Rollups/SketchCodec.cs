using System.Buffers;

namespace Probes.Orchestrator.Rollups;

/// <summary>The body of one sketch; <see cref="RollupCodec"/> tells the form.</summary>
internal static class SketchCodec
{
    // No bucket of a time is out of these: the lowest is 1 microsecond's, and gamma^2000 ms are thousands of years.
    private const int Lowest = -1000;
    private const int Highest = 2000;

    public static void Write(Sketch sketch, ArrayBufferWriter<byte> bytes)
    {
        if (sketch.Count == 0)
        {
            return;
        }

        var counts = sketch.Kept;
        var first = 0;
        while (counts[first] == 0)
        {
            first++;
        }

        counts = counts[first..].TrimEnd(0);
        var filled = counts.Length - counts.Count(0);
        // A gap and a count are two bytes mostly, a dense count is one.
        var dense = counts.Length <= 2 * filled;
        WriteStart(sketch.Sum, sketch.Offset + first, bytes);
        Varint.Write(bytes, dense ? ((ulong)counts.Length << 1) | 1 : (ulong)filled << 1);
        var before = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (dense)
            {
                Varint.Write(bytes, (ulong)counts[i]);
            }
            else if (counts[i] > 0)
            {
                Varint.Write(bytes, (ulong)(i - before));
                Varint.Write(bytes, (ulong)counts[i]);
                before = i;
            }
        }
    }

    /// <summary>The same bytes as of a sketch of this one value.</summary>
    public static void Write(double milliseconds, ArrayBufferWriter<byte> bytes)
    {
        var (value, index) = Sketch.Place(milliseconds);
        WriteStart(value, index, bytes);
        Varint.Write(bytes, (1 << 1) | 1);
        Varint.Write(bytes, 1);
    }

    public static void MergeInto(ReadOnlySpan<byte> body, Sketch target)
    {
        target.AddSum(Varint.Read(ref body) / 1000.0);
        var zigzag = (long)Varint.Read(ref body);
        var index = (zigzag >> 1) ^ -(zigzag & 1);
        var form = Varint.Read(ref body);
        var dense = (form & 1) == 1;
        for (var n = form >> 1; n > 0; n--)
        {
            if (!dense)
            {
                index += (long)Varint.Read(ref body);
            }

            var count = Varint.Read(ref body);
            if (index is < Lowest or > Highest || count > int.MaxValue)
            {
                throw new FormatException("Rollup has a bucket out of range.");
            }

            if (count > 0)
            {
                target.AddBucket((int)index, (int)count);
            }

            if (dense)
            {
                index++;
            }
        }
    }

    private static void WriteStart(double sum, int index, ArrayBufferWriter<byte> bytes)
    {
        Varint.Write(bytes, (ulong)Math.Round(sum * 1000));
        Varint.Write(bytes, (ulong)((index << 1) ^ (index >> 31)));
    }
}
