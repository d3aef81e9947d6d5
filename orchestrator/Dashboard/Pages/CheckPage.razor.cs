using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>One check: its heatmap, its regions with their evidence, where the time goes, and its last runs.</summary>
public partial class CheckPage
{
    private const int MostRuns = 30;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery(Name = "metric")]
    private string? MetricText { get; set; }

    [SupplyParameterFromQuery(Name = "span")]
    private string? SpanText { get; set; }

    [SupplyParameterFromQuery(Name = "region")]
    private string? RegionText { get; set; }

    [SupplyParameterFromQuery(Name = "at")]
    private string? AtText { get; set; }

    [CascadingParameter]
    private HttpContext? Http { get; set; }

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private IHeatmapQueries Heatmaps { get; set; } = null!;

    [Inject]
    private IAdherenceQueries Schedules { get; set; } = null!;

    [Inject]
    private IAnswers Answers { get; set; } = null!;

    [Inject]
    private IAgentRegistry Registry { get; set; } = null!;

    [Inject]
    private IResultStore Results { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private CatalogSnapshot Snapshot { get; set; } = CatalogSnapshot.Empty;

    private Check? Check { get; set; }

    private HeatmapView View { get; set; } = new(HeatmapMetric.LatencyP95, HeatmapView.DefaultSpan);

    private Heatmap? Map { get; set; }

    private IReadOnlyList<RegionSummary> Regions { get; set; } = [];

    /// <summary>Those that should run it.</summary>
    private IReadOnlyList<AgentStatus> Agents { get; set; } = [];

    private AnswersReport? Answered { get; set; }

    private AdherenceReport? Adherence { get; set; }

    private IReadOnlyList<StoredResult> Runs { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    private Level Worst => Levels.Worst(Regions.Select(r => r.Verdict.Level));

    private IEnumerable<(string, string, string)> MetricOptions => HeatmapView.Metrics.Select(m => (m.Key, m.Label, (View with { Metric = m.Metric }).Href(Name)));

    private IEnumerable<(string, string, string)> SpanOptions => HeatmapView.Spans.Select(s => (s.Key, s.Key, (View with { Span = s.Key, At = null }).Href(Name)));

    private string Target => Check?.Probe switch
    {
        HttpSpec http => $"{http.Method} {http.Url}",
        DnsSpec dns => $"{dns.Type.ToString().ToUpperInvariant()} {dns.Name}",
        TcpSpec tcp => $"{tcp.Host}:{tcp.Port}",
        TlsSpec tls => $"{tls.Host}:{tls.Port}",
        _ => "",
    };

    private string Definition { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        Snapshot = Catalog.Current;
        Now = Time.GetUtcNow();
        if (!Snapshot.Checks.TryGetValue(Name, out var entry))
        {
            Navigation.NotFound();
            return;
        }

        Check = entry.Check;
        View = HeatmapView.Read(MetricText, SpanText, RegionText, AtText) with { KeepsProject = Scope.Selected is not null };
        Definition = JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(CheckDocuments.Write(Check)), Indented);
        var (from, to) = View.Range(Now);
        var ct = Http?.RequestAborted ?? default;
        Map = await Heatmaps.HeatmapAsync(Name, View.Metric, from, to, View.Step, ct);
        Regions = [.. (await Heatmaps.RegionsAsync(Name, from, to, ct) ?? []).OrderBy(r => r.Region, StringComparer.Ordinal)];
        var places = Orchestrator.Heatmaps.Regions.Places(Snapshot, Check).ToHashSet(StringComparer.Ordinal);
        Agents = [.. Registry.Agents().Where(a => places.Contains(a.Location))];
        Adherence = to - from <= AdherenceQueries.Longest ? await Schedules.OfCheckAsync(Name, from, to, step: null, ct) : null;
        Answered = Answers.Of(Name);
        Runs = (await Results.ReadResultsAsync(Query(entry.Id), ct)).Items;
    }

    private ResultQuery Query(int checkId) => new()
    {
        CheckId = checkId,
        AgentIds = View.Region is { } region ? [.. Snapshot.AgentsById.Values.Where(a => Snapshot.RegionOfLocation(a.Location) == region).Select(a => a.Id)] : null,
        From = View.At,
        To = View.At + View.Step,
        Limit = MostRuns,
    };
}
