using System.Buffers;
using System.Runtime.InteropServices;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>What is to be added to rollups, by key, without an object for each: of each key its last run, and of each run the one before.</summary>
internal sealed class PendingChains
{
    private readonly Dictionary<RollupKey, int> _last;
    private readonly List<(PendingRun Run, int Before)> _runs;

    /// <param name="marks">Minutes and agents that still await them, by transaction: what has lost its mark was counted by whoever computed its minute anew.</param>
    public PendingChains(Dictionary<long, PendingRun[]> runs, Dictionary<long, HashSet<(long Minute, int AgentId)>> marks)
    {
        var count = runs.Values.Sum(r => r.Length);
        (_last, _runs) = (new(count), new(count));
        foreach (var (number, some) in runs)
        {
            if (!marks.TryGetValue(number, out var marked))
            {
                continue;
            }

            foreach (ref readonly var run in some.AsSpan())
            {
                if (!marked.Contains((run.Key.Minute, run.Key.AgentId)))
                {
                    continue;
                }

                ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, run.Key, out var known);
                _runs.Add((run, known ? last : -1));
                last = _runs.Count - 1;
            }
        }

        var keys = _last.Keys.ToArray();
        Array.Sort(keys, InOrder);
        Keys = keys;
    }

    /// <summary>In the order of the table's key, so that its index grows page by page.</summary>
    public IReadOnlyList<RollupKey> Keys { get; }

    /// <param name="there">What was there; null: nothing.</param>
    public void Write(RollupKey key, Rollup? there, ArrayBufferWriter<byte> bytes, ArrayBufferWriter<byte> scratch)
    {
        var all = CollectionsMarshal.AsSpan(_runs);
        var at = _last[key];
        if (there is null && all[at].Before < 0)
        {
            RollupCodec.Write(all[at].Run.Run, bytes, scratch);
            return;
        }

        var rollup = there ?? new Rollup();
        for (; at >= 0; at = all[at].Before)
        {
            RollupBuilder.Add(rollup, all[at].Run.Run);
        }

        RollupCodec.Write(rollup, bytes, scratch);
    }

    private static int InOrder(RollupKey a, RollupKey b) =>
        a.CheckId != b.CheckId ? a.CheckId.CompareTo(b.CheckId) : a.Minute != b.Minute ? a.Minute.CompareTo(b.Minute) : a.AgentId.CompareTo(b.AgentId);
}
