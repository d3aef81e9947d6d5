using System.Globalization;
using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Why one check in one region is flagged or not, now or at any minute that is still stored.</summary>
public partial class WhyPage
{
    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery(Name = "region")]
    private string? RegionText { get; set; }

    [SupplyParameterFromQuery(Name = "at")]
    private string? AtText { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private Check? Check { get; set; }

    private WhyAnswer? Answer { get; set; }

    private IReadOnlyList<string> Regions { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    private string Error { get; set; } = "";

    private string Here => $"/checks/{Uri.EscapeDataString(QualifiedName.ProjectOf(Name) == QualifiedName.DefaultProject || Scope.Selected is not null || Scope.Bound is not null ? QualifiedName.BareOf(Name) : Name)}/why";

    private string RunsHref => new HeatmapView(Probes.Orchestrator.Heatmaps.HeatmapMetric.LatencyP95, HeatmapView.DefaultSpan, Answer!.Region, Answer.Live ? null : Answer.At)
    {
        KeepsProject = Scope.Selected is not null,
    }.Href(Name) + "#runs";

    private string BacktestHref => Scope.Link(
        $"/backtest?check={Uri.EscapeDataString(Scope.Short(Name))}&region={Uri.EscapeDataString(Answer!.Region)}&from={WhyView.Iso(Answer.At.AddHours(-6))}"
        + (Answer.At.AddHours(1) < Now ? $"&to={WhyView.Iso(Answer.At.AddHours(1))}" : ""));

    protected override async Task OnInitializedAsync()
    {
        (Now, var snapshot) = (Time.GetUtcNow(), Catalog.Current);
        if (!snapshot.Checks.TryGetValue(Name, out var entry))
        {
            Navigation.NotFound();
            return;
        }

        Check = entry.Check;
        Regions = Probes.Orchestrator.Heatmaps.Regions.Of(snapshot, Check);
        var why = Services.GetRequiredService<WhyQuery>();
        DateTimeOffset? at = DateTimeOffset.TryParse(AtText, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
        if (RegionText is null || !Regions.Contains(RegionText))
        {
            Error = Regions.Count == 0 ? "The check runs in no region: there is nothing to judge." : "Choose a region that the check runs in.";
        }
        else if (at > Now.AddMinutes(1) || at < why.Earliest)
        {
            Error = string.Create(CultureInfo.InvariantCulture, $"Choose a minute from {why.Earliest.UtcDateTime:yyyy-MM-dd HH:mm} UTC, since when rollups by the minute are stored, to now.");
        }
        else
        {
            Answer = await why.AskAsync(Name, RegionText, at, Http.RequestAborted);
        }
    }

    private string At(DateTimeOffset time) => WhyView.Href(Scope, Name, Answer!.Region, time);
}
