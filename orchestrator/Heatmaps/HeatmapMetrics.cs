namespace Probes.Orchestrator.Heatmaps;

/// <summary>Metrics by the names the API knows them by.</summary>
internal static class HeatmapMetrics
{
    private static readonly (string Name, HeatmapMetric Metric, double Quantile)[] All =
    [
        ("latency_p50", HeatmapMetric.LatencyP50, 0.5), ("latency_p95", HeatmapMetric.LatencyP95, 0.95), ("latency_p99", HeatmapMetric.LatencyP99, 0.99),
        ("dns_p95", HeatmapMetric.DnsP95, 0.95), ("availability", HeatmapMetric.Availability, double.NaN),
    ];

    public static string Allowed => string.Join(", ", All.Select(m => m.Name));

    public static string NameOf(HeatmapMetric metric) => All.First(m => m.Metric == metric).Name;

    public static double QuantileOf(HeatmapMetric metric) => All.First(m => m.Metric == metric).Quantile;

    public static bool TryParse(string name, out HeatmapMetric metric)
    {
        var found = All.Where(m => m.Name == name).ToList();
        metric = found.Count > 0 ? found[0].Metric : default;
        return found.Count > 0;
    }
}
