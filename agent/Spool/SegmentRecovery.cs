namespace Probes.Agent.Spool;

/// <summary>Looks through a segment that an earlier process left: what is sound, what is lost, where the tail was torn.</summary>
internal static class SegmentRecovery
{
    /// <param name="Sound">Results to deliver.</param>
    /// <param name="Lost">Results that can no longer be read.</param>
    /// <param name="Torn">1 when the last write of the last segment had not come to its end.</param>
    public readonly record struct Outcome(long Sound, long Lost, long Torn);

    /// <param name="segment">Its read offset is set to the first result to deliver.</param>
    /// <param name="from">Results below this sequence are confirmed already.</param>
    /// <param name="expectedEnd">First sequence of the next segment of the same epoch, when there is one.</param>
    /// <param name="last">No segment follows: a broken end is a torn write, and is cut off.</param>
    public static Outcome Scan(Segment segment, long from, long? expectedEnd, bool last)
    {
        var data = new byte[segment.Length];
        var view = data.AsSpan(0, segment.Read(data, 0));
        long sound = 0, lost = 0, next = segment.FirstSequence;
        var at = Segment.HeaderSize;
        var end = at;
        var start = -1L;
        while (at < view.Length)
        {
            if (!SpoolFrame.TryRead(view[at..], segment.Epoch, out var sequence, out var size))
            {
                at++;
                continue;
            }

            if (at > end)
            {
                segment.Corrupt = true;
                lost += next > 0 ? Math.Max(0, sequence - Math.Max(next, from)) : 1;
            }

            if (sequence >= from)
            {
                sound++;
                start = start < 0 ? at : start;
            }

            next = sequence + 1;
            at += size;
            end = at;
        }

        var outcome = Tail(segment, view, Math.Min(end, view.Length), last, expectedEnd is { } e ? e - Math.Max(next, from) : null);
        segment.NextSequence = next;
        segment.Unread = sound;
        segment.ReadOffset = start < 0 ? segment.Length : start;
        return new(sound, lost + outcome.Lost, outcome.Torn);
    }

    /// <summary>Offset of the first sound frame at or after <paramref name="offset"/>; negative when there is none.</summary>
    public static long FindSound(Segment segment, long offset)
    {
        var data = new byte[Math.Max(0, segment.Length - offset)];
        var view = data.AsSpan(0, segment.Read(data, offset));
        for (var at = 0; at < view.Length; at++)
        {
            if (SpoolFrame.TryRead(view[at..], segment.Epoch, out _, out _))
            {
                return offset + at;
            }
        }

        return -1;
    }

    private static (long Lost, long Torn) Tail(Segment segment, ReadOnlySpan<byte> view, int end, bool last, long? missing)
    {
        if (end >= view.Length)
        {
            return (Math.Max(0, missing ?? 0), 0);
        }

        // A frame that is whole but wrong was damaged later; anything else at the very end is a write that was cut off.
        var whole = SpoolFrame.TrySize(view[end..], out var size) && end + size <= view.Length;
        if (last && !whole)
        {
            segment.Truncate(end);
            return (0, 1);
        }

        segment.Corrupt = true;
        return (Math.Max(1, missing ?? 1), 0);
    }
}
