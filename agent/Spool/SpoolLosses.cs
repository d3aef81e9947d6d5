using Microsoft.Extensions.Logging;
using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>Results that nothing can bring over any more: torn, damaged or refused. Counts, tells and logs them.</summary>
internal sealed class SpoolLosses(SpoolGaps gaps, string folder, DiskHealth health, ILogger log)
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The last write of the process before had not come to its end.</summary>
    public void Torn(Segment segment, long at)
    {
        var range = new SequenceRange(segment.Epoch, segment.NextSequence, segment.NextSequence + 1);
        Missing(segment, range, new DueRange(segment.CreatedAt, segment.CreatedAt));
        health.Try(() => segment.Truncate(at));
    }

    /// <summary>Results that should be in a segment and cannot be read.</summary>
    public void Missing(Segment segment, SequenceRange range, DueRange due)
    {
        var lost = 0L;
        foreach (var part in gaps.Untold(range).ToList())
        {
            lost += part.Count;
            gaps.TryTell(part, GapReason.Corrupt, new Dictionary<string, GapSum> { [""] = new(part.Count, due) }, onDisk: false);
        }

        if (lost > 0)
        {
            Interlocked.Add(ref _count, lost);
            Log.SegmentDamaged(log, segment.Path, segment.Unread, lost);
        }
    }

    /// <summary>A batch that was refused for good. When it tells of gaps, that is not told of in its turn: it would be refused again.</summary>
    public void Refused(SpoolBatch batch)
    {
        Log.BatchRefused(log, batch.Count, batch.Epoch, batch.First);
        if (batch.Segment is not null)
        {
            Interlocked.Add(ref _count, batch.Count);
            gaps.TryTell(batch.Range, GapReason.Refused, SegmentTally.Of(batch), onDisk: false);
        }

        health.Try(() =>
        {
            SpoolQuarantine.Keep(folder, batch);
            SpoolQuarantine.Trim(folder);
        });
    }
}
