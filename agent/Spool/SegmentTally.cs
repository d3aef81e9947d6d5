namespace Probes.Agent.Spool;

/// <summary>What a segment holds of each check, from a sequence on: what has to be told before it is given up.</summary>
/// <param name="Range">The sequences given up.</param>
/// <param name="Offset">Where the first of them stands in the segment.</param>
/// <param name="Checks">Runs and their due times by check; the empty name for those that cannot be read.</param>
/// <param name="Count">All of them.</param>
internal sealed record SegmentTally(SequenceRange Range, long Offset, IReadOnlyDictionary<string, GapSum> Checks, long Count)
{
    /// <param name="segment">Not changed.</param>
    /// <param name="isToldOf">Whether a sequence is accounted for already.</param>
    public static SegmentTally Of(Segment segment, Func<long, bool> isToldOf)
    {
        var from = Math.Max(segment.ReadSequence, segment.Taken);
        var range = new SequenceRange(segment.Epoch, Math.Min(from, segment.NextSequence), segment.NextSequence);
        var data = new byte[Math.Max(0, segment.Length - segment.ReadOffset)];
        var view = data.AsMemory(0, segment.Read(data, segment.ReadOffset));
        var (checks, found, offset) = (new Dictionary<string, GapSum>(StringComparer.Ordinal), 0L, segment.Length);
        for (var at = 0; at < view.Length;)
        {
            if (!SpoolFrame.TryRead(view.Span[at..], segment.Epoch, out var sequence, out var size))
            {
                at++;
                continue;
            }

            if (sequence >= range.First && sequence < range.End)
            {
                offset = Math.Min(offset, segment.ReadOffset + at);
                var item = SpoolFrame.Decode(view.Slice(at, size));
                if (!isToldOf(sequence))
                {
                    found++;
                    Add(checks, item.Check, 1, SpoolFrame.DueOf(item));
                }
            }

            at += size;
        }

        var told = 0L;
        for (var sequence = range.First; found < range.Count && sequence < range.End; sequence++)
        {
            told += isToldOf(sequence) ? 1 : 0;
        }

        var unreadable = Math.Max(0, range.Count - found - told);
        if (unreadable > 0)
        {
            Add(checks, "", unreadable, segment.LastDue ?? segment.CreatedAt);
        }

        return new(range, offset, checks, found + unreadable);
    }

    /// <summary>What a batch holds.</summary>
    public static IReadOnlyDictionary<string, GapSum> Of(SpoolBatch batch)
    {
        var checks = new Dictionary<string, GapSum>(StringComparer.Ordinal);
        foreach (var item in batch.Items)
        {
            Add(checks, item.Check, 1, SpoolFrame.DueOf(item));
        }

        return checks;
    }

    private static void Add(Dictionary<string, GapSum> checks, string check, long count, DateTimeOffset due)
    {
        var sum = new GapSum(count, new DueRange(due, due));
        checks[check] = checks.TryGetValue(check, out var before) ? before.With(sum) : sum;
    }
}

/// <summary>Runs given up, and when the first and the last of them were due.</summary>
internal readonly record struct GapSum(long Count, DueRange Due)
{
    public GapSum With(GapSum other) => new(Count + other.Count, Due.With(other.Due));
}
