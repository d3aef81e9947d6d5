namespace Probes.Agent.Spool;

/// <summary>One result as spooled: its check, and the serialized wire result without its check index.</summary>
internal readonly record struct SpooledResult(string Check, ReadOnlyMemory<byte> Result);

/// <summary>Results with the sequences First .. First + Count - 1 of one epoch, on their way.</summary>
internal sealed class SpoolBatch
{
    internal SpoolBatch(Segment segment, long first, IReadOnlyList<SpooledResult> items)
    {
        Segment = segment;
        First = first;
        Items = items;
    }

    public long Epoch => Segment.Epoch;

    public long First { get; }

    public IReadOnlyList<SpooledResult> Items { get; }

    public int Count => Items.Count;

    internal Segment Segment { get; }

    internal bool Done { get; set; }
}
