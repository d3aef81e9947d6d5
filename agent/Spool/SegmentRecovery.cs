namespace Probes.Agent.Spool;

/// <summary>Looks through a segment that an earlier process left: which sequences it holds, where its sound frames begin, whether its tail was torn.</summary>
internal static class SegmentRecovery
{
    /// <summary>All segments of a folder, oldest first, each with where its torn tail begins.</summary>
    public static List<(Segment Segment, long? Torn)> Open(string folder, SpoolDisk disk)
    {
        var former = SpoolCursor.Read(folder);
        var found = Directory.EnumerateFiles(folder, "*" + Segment.Extension)
            .Order(StringComparer.Ordinal).Select(p => Segment.Open(disk, p)).OfType<Segment>().ToList();
        var all = new List<(Segment, long?)>();
        for (var i = 0; i < found.Count; i++)
        {
            var segment = found[i];
            var before = i > 0 && IsNext(found[i - 1], segment) ? found[i - 1] : null;
            var after = i + 1 < found.Count && IsNext(segment, found[i + 1]) && found[i + 1].FirstSequence > 0 ? found[i + 1] : null;
            if (segment.HeaderSize == SegmentHeader.FormerSize && segment.Ordinal <= former.Ordinal)
            {
                segment.Confirmed(segment.Ordinal == former.Ordinal ? former.Sequence : long.MaxValue);
            }

            all.Add((segment, Scan(segment, before?.NextSequence, after?.FirstSequence)));
        }

        return all;
    }

    /// <summary>Sets the sequences and the read place of a segment that was opened.</summary>
    /// <param name="segment">It is not changed on disk.</param>
    /// <param name="previousEnd">Where the segment right before it ended, when it is there.</param>
    /// <param name="nextFirst">First sequence of the segment right after it, when it is there and can tell; else a broken end is a torn write.</param>
    /// <returns>Where a torn tail begins, the write of <see cref="Segment.NextSequence"/>; null when there is none.</returns>
    public static long? Scan(Segment segment, long? previousEnd, long? nextFirst)
    {
        var data = new byte[segment.Length];
        var view = data.AsSpan(0, segment.Read(data, 0));
        var (next, end, start) = (0L, segment.HeaderSize, -1L);
        for (var at = segment.HeaderSize; at < view.Length;)
        {
            if (!SpoolFrame.TryRead(view[at..], segment.Epoch, out var sequence, out var size))
            {
                at++;
                continue;
            }

            if (sequence >= nextFirst)
            {
                // Left by a write that failed, and written again in the next one.
                at += size;
                continue;
            }

            if (segment.FirstSequence == 0)
            {
                segment.FirstSequence = previousEnd is { } before && before <= sequence ? before : sequence;
            }

            start = start < 0 && sequence >= Math.Max(segment.FirstSequence, segment.Done) ? at : start;
            next = Math.Max(next, sequence + 1);
            end = at += size;
        }

        segment.FirstSequence = segment.FirstSequence > 0 ? segment.FirstSequence : previousEnd ?? nextFirst ?? 1;
        next = Math.Max(next, segment.FirstSequence);

        // A frame that is whole but wrong was damaged later; anything else at the very end is a write that was cut off.
        var broken = end < view.Length;
        var whole = broken && SpoolFrame.TrySize(view[end..], out var left) && end + left <= view.Length;
        var torn = broken && !whole && nextFirst is null;
        segment.NextSequence = Math.Max(nextFirst ?? (broken && !torn ? next + 1 : next), next);
        segment.ReadSequence = Math.Clamp(segment.Done, segment.FirstSequence, segment.NextSequence);
        segment.ReadOffset = start < 0 ? segment.Length : start;
        return torn ? end : null;
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

    private static bool IsNext(Segment segment, Segment next) => segment.Epoch == next.Epoch && segment.Ordinal + 1 == next.Ordinal;
}
