using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Dashboard;

/// <summary>What a heatmap shows, as read from and written to the URL. What is not understood falls back to the default.</summary>
public sealed record HeatmapView(HeatmapMetric Metric, string Span, string? Region = null, DateTimeOffset? At = null)
{
    public static readonly IReadOnlyList<(HeatmapMetric Metric, string Key, string Label)> Metrics =
    [
        (HeatmapMetric.LatencyP50, "latency_p50", "p50"),
        (HeatmapMetric.LatencyP95, "latency_p95", "p95"),
        (HeatmapMetric.LatencyP99, "latency_p99", "p99"),
        (HeatmapMetric.DnsP95, "dns_p95", "DNS p95"),
        (HeatmapMetric.Availability, "availability", "Availability"),
    ];

    public static readonly IReadOnlyList<(string Key, TimeSpan Length, TimeSpan Step)> Spans =
    [
        ("15m", TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(1)),
        ("1h", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        ("6h", TimeSpan.FromHours(6), TimeSpan.FromMinutes(5)),
        ("24h", TimeSpan.FromHours(24), TimeSpan.FromMinutes(15)),
        ("7d", TimeSpan.FromDays(7), TimeSpan.FromHours(2)),
    ];

    public const string DefaultSpan = "1h";

    /// <summary>A project is selected, so that links keep one, even where it is not needed to find the check.</summary>
    public bool KeepsProject { get; init; }

    public string MetricKey => Metrics.First(m => m.Metric == Metric).Key;

    public string MetricLabel => Metrics.First(m => m.Metric == Metric).Label;

    public TimeSpan Length => Spans.First(s => s.Key == Span).Length;

    public TimeSpan Step => Spans.First(s => s.Key == Span).Step;

    public static HeatmapView Read(string? metric, string? span, string? region, string? at) => new(
        Metrics.FirstOrDefault(m => m.Key == metric, Metrics[1]).Metric,
        Spans.Any(s => s.Key == span) ? span! : DefaultSpan,
        string.IsNullOrEmpty(region) ? null : region,
        DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null);

    /// <summary>Whole steps up to and with the one that <paramref name="now"/> lies in.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Range(DateTimeOffset now)
    {
        var ticks = (now.UtcTicks + Step.Ticks - 1) / Step.Ticks * Step.Ticks;
        var to = new DateTimeOffset(ticks, TimeSpan.Zero);
        return (to - Length, to);
    }

    /// <param name="check">Qualified name.</param>
    public string Href(string check) =>
        $"/checks/{Uri.EscapeDataString(QualifiedName.BareOf(check))}?{ProjectOf(check)}metric={MetricKey}&span={Span}"
        + (Region is null ? "" : "&region=" + Uri.EscapeDataString(Region))
        + (At is { } at ? "&at=" + at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : "");

    private string ProjectOf(string check) =>
        QualifiedName.ProjectOf(check) is var project && (KeepsProject || project != QualifiedName.DefaultProject) ? $"project={project}&" : "";
}
