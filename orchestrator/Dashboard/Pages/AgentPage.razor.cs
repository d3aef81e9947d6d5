using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>One agent: all that is known of it, and what can be done about it.</summary>
public partial class AgentPage
{
    private static readonly Version? Ours = typeof(AgentPage).Assembly.GetName().Version;

    /// <summary>What the forms send.</summary>
    public sealed class Form
    {
        public bool On { get; set; }

        public bool Sure { get; set; }

        public string? Name { get; set; }

        public string? Location { get; set; }
    }

    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromForm(FormName = "agent-drain")]
    private Form? Drain { get; set; }

    [SupplyParameterFromForm(FormName = "agent-rename")]
    private Form? Rename { get; set; }

    [SupplyParameterFromForm(FormName = "agent-move")]
    private Form? Move { get; set; }

    [SupplyParameterFromForm(FormName = "agent-disable")]
    private Form? Disable { get; set; }

    [SupplyParameterFromForm(FormName = "agent-delete")]
    private Form? Delete { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private IAgentRegistry Registry { get; set; } = null!;

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

    private AgentStatus? Agent => Id.Length == 0 ? null : Registry.Agents().FirstOrDefault(a => a.PublicId == Id);

    private string Error { get; set; } = "";

    private string Here => Scope.Link("/agents/" + Uri.EscapeDataString(Id));

    protected override void OnInitialized()
    {
        if (Agent is null)
        {
            Http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private IEnumerable<string> Locations(AgentStatus agent) =>
        Catalog.Current.Locations.Keys.Where(l => QualifiedName.ProjectOf(l) == QualifiedName.ProjectOf(agent.Location));

    private Task DrainAsync() => ChangeAsync(new AgentChange(Drained: Drain?.On));

    private Task RenameAsync() => ChangeAsync(new AgentChange(Name: Rename?.Name?.Trim() ?? ""));

    private Task MoveAsync() => ChangeAsync(new AgentChange(Location: Move?.Location ?? ""));

    private Task DisableAsync() => Disable is { On: true, Sure: false } ? Unsure() : ChangeAsync(new AgentChange(Disabled: Disable?.On));

    private async Task DeleteAsync()
    {
        if (Delete?.Sure != true)
        {
            await Unsure();
            return;
        }

        await Services.GetRequiredService<AgentSwitch>().DeleteAsync(Id, Caller.Of(Http), CancellationToken.None);
        Navigation.NavigateTo(Scope.Link("/agents"));
    }

    private Task Unsure()
    {
        Error = "Nothing was changed: tick the box to say that you mean it.";
        return Task.CompletedTask;
    }

    private async Task ChangeAsync(AgentChange change)
    {
        try
        {
            await Services.GetRequiredService<AgentSwitch>().ChangeAsync(Id, change, Caller.Of(Http), CancellationToken.None);
            Navigation.NavigateTo(Here);
        }
        catch (AgentChangeRefusedException refused)
        {
            Error = $"Nothing was changed: the {refused.Field} {refused.Message} (allowed: {refused.Allowed}).";
        }
    }
}
