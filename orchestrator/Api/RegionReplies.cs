using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Api;

/// <summary>Runs by what became of them. Judged = passed + failed; agent faults and missed runs say nothing of the target.</summary>
/// <param name="Availability">Passed of judged, 0 to 1; null when nothing was judged.</param>
public sealed record CountsReply(
    long Passed, long Failed, long Judged, long TargetFaults, long DnsFaults, long NetworkFaults, long AgentFaults, long Missed, double? Availability)
{
    internal static CountsReply Of(RunCounts c) =>
        new(c.Passed, c.Failed, c.Judged, c.TargetFaults, c.DnsFaults, c.NetworkFaults, c.AgentFaults, c.Missed, c.Availability);
}

/// <param name="P50">Milliseconds.</param>
/// <param name="P95">Milliseconds.</param>
public sealed record PhaseReply(double P50, double P95);

/// <summary>One check in one region over the span asked for; latencies of passed runs in milliseconds, null without data.</summary>
/// <param name="PhasesMs">By phase: dns, connect, tls, send, wait, transfer; those that happened. Empty in the overview.</param>
public sealed record RegionReply(
    string Region, Verdict Verdict, CountsReply Counts, int Agents, IReadOnlyList<string> Locations, double? LatencyP50Ms, double? LatencyP95Ms,
    double? LatencyP99Ms, double? DnsP95Ms, IReadOnlyDictionary<string, PhaseReply> PhasesMs, double? Latitude, double? Longitude)
{
    internal static RegionReply Of(RegionSummary r) => new(
        r.Region, r.Verdict, CountsReply.Of(r.Counts), r.Agents, r.Locations, Round(r.LatencyP50), Round(r.LatencyP95), Round(r.LatencyP99), Round(r.DnsP95),
        r.Phases.ToDictionary(p => Name(p.Key), p => new PhaseReply(Math.Round(p.Value.P50, 3), Math.Round(p.Value.P95, 3))), r.Latitude, r.Longitude);

    private static string Name(Phase phase) => phase.ToString().ToLowerInvariant();

    private static double? Round(double? ms) => ms is { } known ? Math.Round(known, 3) : null;
}

/// <param name="Worst">The worst level of its regions: down, degraded, unknown, healthy.</param>
/// <param name="State">What is true over all of them: healthy, degraded, partial (down in some regions only), down, or notEnoughEvidence.</param>
/// <param name="StateWords">The state by how many regions.</param>
public sealed record OverviewReply(
    string Check, string Kind, string Target, int IntervalSeconds, Level Worst, CheckState State, string StateWords, IReadOnlyList<RegionReply> Regions)
{
    internal static OverviewReply Of(CheckOverview c)
    {
        List<Level> levels = [.. c.Regions.Select(r => r.Verdict.Level)];
        return new(c.Check, c.Kind, c.Target, c.IntervalSeconds, c.Worst, CheckStates.Of(levels), CheckStates.Words(levels), [.. c.Regions.Select(RegionReply.Of)]);
    }
}
