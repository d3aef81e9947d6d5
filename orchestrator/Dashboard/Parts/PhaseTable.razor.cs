using System.Globalization;
using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Dashboard.Parts;

/// <summary>Where the time of passed runs goes; all bars share one scale, so that regions can be compared by eye.</summary>
public partial class PhaseTable
{
    [Parameter, EditorRequired]
    public IReadOnlyList<RegionSummary> Regions { get; set; } = [];

    // Only phases that happened somewhere: a DNS check has no transfer.
    private IReadOnlyList<Phase> Phases => [.. Enum.GetValues<Phase>().Where(p => Regions.Any(r => Of(r, p) is { P50: > 0 }))];

    private double Longest => Regions.Select(r => Phases.Sum(p => Of(r, p)?.P50 ?? 0)).DefaultIfEmpty(0).Max();

    private static PhaseSummary? Of(RegionSummary region, Phase phase) =>
        region.Phases.TryGetValue(phase, out var summary) && double.IsFinite(summary.P50) ? summary : null;

    private List<(Phase Phase, string X, string Width, string Text)> Bars(RegionSummary region)
    {
        var bars = new List<(Phase, string, string, string)>();
        var x = 0.0;
        foreach (var phase in Phases)
        {
            if (Of(region, phase) is { } summary && Longest > 0)
            {
                var width = summary.P50 / Longest * 100;
                bars.Add((phase, PerCent(x), PerCent(width), Both(region, phase)));
                x += width;
            }
        }

        return bars;
    }

    private string Describe(RegionSummary region) =>
        string.Join(", ", Phases.Select(p => $"{Name(p)} {Show.Ms(Of(region, p)?.P50)}"));

    private static string Both(RegionSummary region, Phase phase) =>
        Of(region, phase) is { } s ? $"{Name(phase)}: median {Show.Ms(s.P50)}, p95 {Show.Ms(s.P95)}" : $"{Name(phase)}: did not happen";

    private static string Name(Phase phase) => phase switch
    {
        Phase.Dns => "DNS",
        Phase.Tls => "TLS",
        _ => phase.ToString(),
    };

    private static string Key(Phase phase) => phase.ToString().ToLowerInvariant();

    private static string PerCent(double value) => value.ToString("0.###", CultureInfo.InvariantCulture) + "%";
}
