namespace Probes.Agent.Spool;

/// <summary>Takes batches out of a segment, from its read offset on. Frames that are not sound are passed over and told.</summary>
internal sealed class SegmentReader(int batchCount)
{
    /// <summary>Bytes of frames in a batch, at most (one frame always fits).</summary>
    public const int MaxBatchBytes = 512 * 1024;

    /// <summary>Null when nothing sound is left. The segment's read place moves past what it gives, skips and misses.</summary>
    /// <param name="segment">Where from.</param>
    /// <param name="isToldOf">Whether a sequence is accounted for already: then it is skipped.</param>
    /// <param name="missing">Hears of sequences that should be there and are not, and what is known of when they were due.</param>
    public SpoolBatch? Read(Segment segment, Func<long, bool> isToldOf, Action<SequenceRange, DueRange> missing)
    {
        var most = Estimate(segment);
        while (segment.Unread > 0)
        {
            var data = Bytes(segment, most);
            if (!SpoolFrame.TryRead(data.Span, segment.Epoch, out var first, out var size))
            {
                if (SpoolFrame.TrySize(data.Span, out var whole) && whole > data.Length && most < MaxBatchBytes)
                {
                    most = MaxBatchBytes;
                    continue;
                }

                Skip(segment, missing);
                continue;
            }

            if (first > segment.ReadSequence)
            {
                var due = SpoolFrame.DueOf(data[..size]);
                Miss(segment, first, new DueRange(segment.LastDue ?? due, due), missing);
            }

            if (first < segment.ReadSequence || isToldOf(first))
            {
                segment.ReadOffset += size;
                segment.ReadSequence = Math.Max(segment.ReadSequence, first + 1);
                continue;
            }

            return Take(segment, data, first, isToldOf);
        }

        return null;
    }

    private SpoolBatch Take(Segment segment, ReadOnlyMemory<byte> data, long first, Func<long, bool> isToldOf)
    {
        var items = new List<SpooledResult>((int)Math.Min(batchCount, Math.Min(segment.Unread, 1024)));
        var at = 0;
        while (items.Count < batchCount
            && SpoolFrame.TryRead(data.Span[at..], segment.Epoch, out var sequence, out var size)
            && sequence == first + items.Count && sequence < segment.NextSequence && !isToldOf(sequence))
        {
            items.Add(SpoolFrame.Decode(data.Slice(at, size)));
            at += size;
        }

        segment.LastDue = SpoolFrame.DueOf(items[^1]);
        segment.ReadOffset += at;
        segment.ReadSequence = first + items.Count;
        return new SpoolBatch(segment, first, items);
    }

    // What is here is damaged: goes on at the next sound frame, or gives up the rest.
    private static void Skip(Segment segment, Action<SequenceRange, DueRange> missing)
    {
        segment.Corrupt = true;
        var next = segment.ReadOffset >= segment.Length ? -1 : SegmentRecovery.FindSound(segment, segment.ReadOffset + 1);
        if (next >= 0)
        {
            segment.ReadOffset = next;
            return;
        }

        segment.ReadOffset = segment.Length;
        Miss(segment, segment.NextSequence, new DueRange(segment.LastDue ?? segment.CreatedAt, segment.LastDue ?? segment.CreatedAt), missing);
    }

    private static void Miss(Segment segment, long until, DueRange due, Action<SequenceRange, DueRange> missing)
    {
        segment.Corrupt = true;
        var range = new SequenceRange(segment.Epoch, segment.ReadSequence, until);
        segment.ReadSequence = until;
        missing(range, due.From <= due.To ? due : new DueRange(due.To, due.From));
    }

    private static Memory<byte> Bytes(Segment segment, int most)
    {
        var buffer = new byte[(int)Math.Clamp(segment.Length - segment.ReadOffset, 0, most)];
        return buffer.AsMemory(0, segment.Read(buffer, segment.ReadOffset));
    }

    // Reading half a megabyte for twenty kilobytes of a batch would be most of what a backlog costs.
    private int Estimate(Segment segment)
    {
        var mean = (segment.Length - segment.HeaderSize) / Math.Max(1, segment.NextSequence - segment.FirstSequence);
        return (int)Math.Clamp((mean + 16) * Math.Min(batchCount, segment.Unread) * 5 / 4, 4096, MaxBatchBytes);
    }
}

/// <summary>When the first and the last of some runs were due.</summary>
internal readonly record struct DueRange(DateTimeOffset From, DateTimeOffset To)
{
    public DueRange With(DueRange other) => new(From < other.From ? From : other.From, To > other.To ? To : other.To);
}
