using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store;

/// <summary>Takes one stored rollup; the bytes are for <see cref="RollupCodec"/> and are valid during the call only.</summary>
public delegate void RollupVisitor(RollupKey key, ReadOnlySpan<byte> rollup);

/// <summary>Rows for those who want them whole.</summary>
internal static class RollupRows
{
    public static async Task<IReadOnlyList<RollupRow>> ReadAsync(Func<RollupVisitor, Task> visitAll)
    {
        var rows = new List<RollupRow>();
        await visitAll((key, bytes) => rows.Add(new RollupRow(key, RollupCodec.Decode(bytes))));
        return rows;
    }
}
