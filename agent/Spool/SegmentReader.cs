namespace Probes.Agent.Spool;

/// <summary>Takes batches out of a segment, from its read offset on. Frames that are no longer sound are passed over.</summary>
internal sealed class SegmentReader(int batchCount)
{
    /// <summary>Bytes of frames in a batch, at most (one frame always fits).</summary>
    public const int MaxBatchBytes = 512 * 1024;

    /// <summary>
    /// Null when nothing sound is left. <see cref="Segment.Unread"/> falls by the batch's count, and by that of results that were lost.
    /// </summary>
    public SpoolBatch? Read(Segment segment)
    {
        var buffer = new byte[(int)Math.Min(MaxBatchBytes, segment.Length - segment.ReadOffset)];
        var data = buffer.AsMemory(0, segment.Read(buffer, segment.ReadOffset));
        var items = new List<SpooledResult>(Math.Min(batchCount, 1024));
        long first = 0;
        var at = 0;
        while (at < data.Length && items.Count < batchCount)
        {
            if (!SpoolFrame.TryRead(data.Span[at..], segment.Epoch, out var sequence, out var size))
            {
                if (items.Count > 0)
                {
                    break;
                }

                // Damaged since it was counted, or known to be: look for the next sound frame.
                var next = SegmentRecovery.FindSound(segment, segment.ReadOffset + at + 1);
                if (next < 0)
                {
                    segment.Corrupt = true;
                    segment.Unread = 0;
                    segment.ReadOffset = segment.Length;
                    return null;
                }

                segment.Corrupt = true;
                segment.ReadOffset = next;
                return Read(segment);
            }

            if (items.Count > 0 && sequence != first + items.Count)
            {
                break;
            }

            first = items.Count == 0 ? sequence : first;
            items.Add(SpoolFrame.Decode(data.Slice(at, size)));
            at += size;
        }

        segment.ReadOffset += at;
        if (items.Count == 0)
        {
            segment.Unread = 0;
            return null;
        }

        segment.Unread = segment.ReadOffset >= segment.Length ? 0 : Math.Max(0, segment.Unread - items.Count);
        return new SpoolBatch(segment, first, items);
    }
}
