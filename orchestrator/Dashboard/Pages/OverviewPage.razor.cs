using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>What is wrong now, where, and how every check does in every region.</summary>
public partial class OverviewPage
{
    private const int MostIncidents = 20;
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(15);

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private IVerdicts Verdicts { get; set; } = null!;

    [Inject]
    private IIncidents Incidents { get; set; } = null!;

    [Inject]
    private IHeatmapQueries Heatmaps { get; set; } = null!;

    [Inject]
    private IAgentRegistry Registry { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private CatalogSnapshot Snapshot { get; set; } = CatalogSnapshot.Empty;

    private IReadOnlyList<Incident> Open { get; set; } = [];

    private IReadOnlyList<CheckOverview> Checks { get; set; } = [];

    private IReadOnlyList<RegionMark> Marks { get; set; } = [];

    private Level Calm { get; set; }

    private int Online { get; set; }

    private int AgentCount { get; set; }

    private DateTimeOffset Now { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Snapshot = Catalog.Current;
        Now = Time.GetUtcNow();
        if (Snapshot.Checks.IsEmpty)
        {
            return;
        }

        var verdicts = Verdicts.All();
        Calm = verdicts.Any(v => v.Level != Level.Unknown) ? Level.Healthy : Level.Unknown;
        Open = [.. (await Incidents.ListAsync(new IncidentQuery(Open: true, Limit: MostIncidents), default)).OrderBy(i => Show.Urgency(i.Level)).ThenByDescending(i => i.StartedAt)];
        Checks = [.. (await Heatmaps.OverviewAsync(Span, default)).OrderBy(c => Show.Urgency(c.Worst)).ThenBy(c => c.Check, StringComparer.Ordinal)];
        Marks = WorldProjection.Marks(Snapshot.Locations.Values, verdicts);
        var agents = Registry.Agents();
        (Online, AgentCount) = (agents.Count(a => a.Online), agents.Count);
    }
}
