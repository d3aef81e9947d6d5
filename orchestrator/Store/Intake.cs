using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store;

/// <summary>A spool's identity: sequences are never given twice within one.</summary>
internal readonly record struct Spool(int AgentId, long Epoch);

internal readonly record struct PendingGap(int AgentId, long Epoch, ResolvedGap Item);

internal readonly record struct PendingRow(int AgentId, long Epoch, ResolvedResult Item)
{
    public long DueMicros => Micros.Of(Item.Result.Due);

    public RollupKey Key => new(Item.CheckId, AgentId, Micros.MinuteOf(DueMicros));
}

/// <summary>Decides which items of a group of batches are new. Pure; the engines load ranges before and write what it says after.</summary>
internal sealed class Intake
{
    private readonly List<PendingRow> _rows = [];
    private readonly List<PendingGap> _gaps = [];

    /// <param name="ranges">Stored ranges of every spool in the group; changed by this.</param>
    public Intake(IReadOnlyList<ResolvedBatch> batches, IReadOnlyDictionary<Spool, SequenceRanges> ranges)
    {
        var outcomes = new StoreOutcome[batches.Count];
        for (var b = 0; b < batches.Count; b++)
        {
            var batch = batches[b];
            var known = ranges[new Spool(batch.AgentId, batch.Epoch)];
            var duplicate = 0;
            foreach (var item in batch.Items)
            {
                if (known.Contains(item.Sequence))
                {
                    duplicate++;
                    continue;
                }

                _rows.Add(new PendingRow(batch.AgentId, batch.Epoch, item));
            }

            var fresh = batch.Gaps.Where(g => !known.Contains(g.Sequence)).ToList();
            _gaps.AddRange(fresh.Select(g => new PendingGap(batch.AgentId, batch.Epoch, g)));

            // Items that ingest rejected are part of the range too: a repeated batch must not bring them back.
            known.Add(batch.FirstSequence, batch.FirstSequence + batch.Count);
            outcomes[b] = new StoreOutcome(batch.Items.Count - duplicate, duplicate) { Gaps = fresh.Count == 0 ? null : [.. fresh.Select(g => g.Gap)] };
        }

        Outcomes = outcomes;
    }

    public IReadOnlyList<StoreOutcome> Outcomes { get; }

    public IReadOnlyList<PendingRow> Rows => _rows;

    public IReadOnlyList<PendingGap> Gaps => _gaps;

    /// <summary>The minutes of the rows, each once.</summary>
    public IReadOnlyCollection<RollupKey> Dirty => [.. _rows.Select(r => r.Key).Distinct()];
}
