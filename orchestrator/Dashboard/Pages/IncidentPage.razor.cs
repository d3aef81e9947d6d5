using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>The story of one incident: what, where, since when, how it is known, what else moved, and what was done.</summary>
public partial class IncidentPage
{
    private const int Most = 20;
    private static readonly TimeSpan Beside = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ChangedBefore = TimeSpan.FromHours(1);

    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Act { get; set; }

        public string? Note { get; set; }
    }

    [Parameter]
    public long Id { get; set; }

    [SupplyParameterFromForm(FormName = "incident")]
    private Form? Sent { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private IIncidents Incidents { get; set; } = null!;

    [Inject]
    private IResultStore Results { get; set; } = null!;

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private IncidentStory? Story { get; set; }

    private Impact? Main { get; set; }

    private BeforeAndAfter? View { get; set; }

    private IReadOnlyList<StoredResult> Runs { get; set; } = [];

    private IReadOnlyList<Incident> Others { get; set; } = [];

    private IReadOnlyList<CatalogCheck> Changed { get; set; } = [];

    private CatalogSnapshot Snapshot { get; set; } = CatalogSnapshot.Empty;

    private DateTimeOffset Now { get; set; }

    private string Error { get; set; } = "";

    private string Here => Scope.Link($"/incidents/{Id}");

    protected override async Task OnInitializedAsync()
    {
        (Now, Snapshot) = (Time.GetUtcNow(), Catalog.Current);
        var ct = Http.RequestAborted;
        Story = await Incidents.FindAsync(Id, ct);
        if (Story is not { Incident: var incident })
        {
            Http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var began = incident.StartedAt;
        Others = [.. (await Incidents.ListAsync(new IncidentQuery(From: began - Beside, To: began + Beside), ct)).Where(i => i.Id != Id && i.StartedAt > began - Beside).Take(5)];
        Changed =
        [
            .. incident.Impacts.Select(i => i.Check).Distinct().Select(c => Snapshot.Checks.GetValueOrDefault(c)).OfType<CatalogCheck>()
                .Where(c => c.UpdatedAt > began - ChangedBefore && c.UpdatedAt < (incident.EndedAt ?? Now)),
        ];
        Main = incident.Impacts.FirstOrDefault(i => i.EndedAt is null) ?? (incident.Impacts.Count > 0 ? incident.Impacts[0] : null);
        if (Main is not null)
        {
            View = await IncidentView.CompareAsync(Results, Snapshot, Main, Now, ct);
            Runs = await RunsAsync(Main, ct);
        }
    }

    private async Task<IReadOnlyList<StoredResult>> RunsAsync(Impact impact, CancellationToken ct) =>
        !Snapshot.ChecksEver.TryGetValue(impact.Check, out var check) ? [] : (await Results.ReadResultsAsync(new ResultQuery
        {
            CheckId = check.Id,
            AgentIds = [.. Snapshot.AgentsById.Values.Where(a => Snapshot.RegionOfLocation(a.Location) == impact.Region).Select(a => a.Id)],
            From = impact.StartedAt,
            To = impact.EndedAt,
            Limit = 10,
        }, ct)).Items;

    private TimeSpan Since(DateTimeOffset time) => Now > time ? Now - time : TimeSpan.Zero;

    private async Task ChangeAsync()
    {
        if (Story is null || Sent is null)
        {
            return;
        }

        var change = new IncidentChange(Note: Sent.Note);
        change = Sent.Act switch
        {
            "acknowledge" => change with { Acknowledged = true },
            "release" => change with { Acknowledged = false },
            "silence" => change with { Silence = TimeSpan.FromHours(1) },
            "sound" => change with { Silence = TimeSpan.Zero },
            "confirmed" or "dismissed" => change with { Finding = Sent.Act },
            _ => change,
        };
        try
        {
            await Services.GetRequiredService<IncidentDesk>().ChangeAsync(Story.Incident, change, Caller.Of(Http), CancellationToken.None);
            Navigation.NavigateTo(Here);
        }
        catch (IncidentChangeRefusedException refused)
        {
            Error = $"Nothing was changed: the {refused.What} {refused.Message} (allowed: {refused.Allowed}).";
        }
    }
}
