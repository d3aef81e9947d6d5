namespace Probes.Agent.Spool;

/// <summary>Sequences <c>First .. End - 1</c> of an epoch.</summary>
internal readonly record struct SequenceRange(long Epoch, long First, long End)
{
    public long Count => End - First;

    public bool Holds(long epoch, long sequence) => epoch == Epoch && sequence >= First && sequence < End;

    /// <summary>What is left of <paramref name="range"/> without those, in order.</summary>
    public static IEnumerable<SequenceRange> Without(SequenceRange range, IEnumerable<SequenceRange> those)
    {
        var at = range.First;
        foreach (var other in those.Where(o => o.Epoch == range.Epoch && o.End > range.First && o.First < range.End).OrderBy(o => o.First))
        {
            if (other.First > at)
            {
                yield return range with { First = at, End = other.First };
            }

            at = Math.Max(at, other.End);
        }

        if (at < range.End)
        {
            yield return range with { First = at };
        }
    }
}
