using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Heatmaps;

/// <summary>One region's cells while rollups are added.</summary>
internal sealed class HeatmapCells(int count)
{
    private readonly Sketch?[] _sketches = new Sketch?[count];
    private readonly RunCounts[] _counts = new RunCounts[count];

    public void Add(int index, HeatmapMetric metric, ReadOnlySpan<byte> rollup)
    {
        if (index < 0 || index >= count)
        {
            return;
        }

        _counts[index] += metric == HeatmapMetric.Availability
            ? RollupCodec.Counts(rollup)
            : RollupCodec.MergeInto(rollup, metric == HeatmapMetric.DnsP95 ? RollupPart.Dns : RollupPart.Total, _sketches[index] ??= new Sketch());
    }

    public HeatmapRow Row(string region, Level level, HeatmapMetric metric)
    {
        var values = new double?[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = metric == HeatmapMetric.Availability
                ? _counts[i].Availability
                : _sketches[i] is { Count: > 0 } sketch ? Math.Round(sketch.Quantile(HeatmapMetrics.QuantileOf(metric)), 3) : null;
        }

        return new HeatmapRow(region, level, values, [.. _counts.Select(c => c.Judged)]);
    }
}
