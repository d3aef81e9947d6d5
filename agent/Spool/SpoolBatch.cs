namespace Probes.Agent.Spool;

/// <summary>One result as spooled: its check, and the serialized wire result without its check index.</summary>
internal readonly record struct SpooledResult(string Check, ReadOnlyMemory<byte> Result);

/// <summary>Results with the sequences First .. First + Count - 1 of one epoch, on their way.</summary>
internal sealed class SpoolBatch
{
    internal SpoolBatch(Segment segment, long first, IReadOnlyList<SpooledResult> items)
    {
        Segment = segment;
        Epoch = segment.Epoch;
        First = first;
        Items = items;
    }

    /// <summary>Items that tell of results that were given up.</summary>
    internal SpoolBatch(long epoch, long first, IReadOnlyList<SpooledResult> gaps)
    {
        Epoch = epoch;
        First = first;
        Items = gaps;
    }

    public long Epoch { get; }

    public long First { get; }

    public IReadOnlyList<SpooledResult> Items { get; }

    public int Count => Items.Count;

    public SequenceRange Range => new(Epoch, First, First + Count);

    /// <summary>Not the newest results, but left from before.</summary>
    public bool Backlog { get; internal set; }

    /// <summary>Null when it holds gaps.</summary>
    internal Segment? Segment { get; }

    internal bool Done { get; set; }
}
