using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Heatmaps;

/// <summary>What a cell's colour tells.</summary>
public enum HeatmapMetric { LatencyP50, LatencyP95, LatencyP99, DnsP95, Availability }

/// <summary>Region by time for one check.</summary>
/// <param name="Unit">"ms" or "ratio".</param>
/// <param name="Times">Start of each step.</param>
public sealed record Heatmap(
    string Check, string Metric, string Unit, DateTimeOffset From, DateTimeOffset To, int StepSeconds,
    IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<HeatmapRow> Regions);

/// <summary>Values and runs by step, as long as <see cref="Heatmap.Times"/>; a null value means no data, which is not health.</summary>
public sealed record HeatmapRow(string Region, Level Level, IReadOnlyList<double?> Values, IReadOnlyList<long> Runs);

/// <summary>One check in one region over a span.</summary>
public sealed record RegionSummary(
    string Region, Verdict Verdict, RunCounts Counts, int Agents, IReadOnlyList<string> Locations, double? LatencyP50, double? LatencyP95, double? LatencyP99,
    double? DnsP95, IReadOnlyDictionary<Phase, PhaseSummary> Phases, double? Latitude, double? Longitude);

/// <summary>Milliseconds of passed runs.</summary>
public sealed record PhaseSummary(double P50, double P95);

/// <summary>One check in the overview: its regions' verdicts now, and what they rest on.</summary>
public sealed record CheckOverview(string Check, string Kind, string Target, int IntervalSeconds, Level Worst, IReadOnlyList<RegionSummary> Regions);

/// <summary>What pages and the API ask of rollups.</summary>
public interface IHeatmapQueries
{
    /// <summary>Null when there is no such check. Step: 60 s to 1 day, a multiple of 60 s; at most 2,000 steps.</summary>
    Task<Heatmap?> HeatmapAsync(string check, HeatmapMetric metric, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken ct);

    /// <summary>Null when there is no such check.</summary>
    Task<IReadOnlyList<RegionSummary>?> RegionsAsync(string check, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>All live checks over the last <paramref name="span"/>.</summary>
    Task<IReadOnlyList<CheckOverview>> OverviewAsync(TimeSpan span, CancellationToken ct);
}
