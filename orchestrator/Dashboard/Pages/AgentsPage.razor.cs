using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Who runs the checks, and whether they can be trusted to.</summary>
public partial class AgentsPage
{
    // Results of such an agent would land in the wrong minute, were they not corrected.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    private static readonly Version? Ours = typeof(AgentsPage).Assembly.GetName().Version;

    [SupplyParameterFromQuery]
    private string? Q { get; set; }

    [SupplyParameterFromQuery]
    private string? Location { get; set; }

    [SupplyParameterFromQuery]
    private string? State { get; set; }

    [SupplyParameterFromQuery]
    private string? Sort { get; set; }

    [Inject]
    private IAgentRegistry Registry { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private FleetView View { get; set; } = FleetView.Read(null, null, null, null);

    private IReadOnlyList<AgentStatus> All { get; set; } = [];

    private IReadOnlyList<AgentStatus> Rows { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    protected override void OnInitialized()
    {
        View = FleetView.Read(Q, Location, State, Sort);
        All = Registry.Agents();
        Rows = View.Of(All);
        Now = Time.GetUtcNow();
    }

    private static bool Skewed(AgentStatus agent) => agent.ClockOffset.Duration() > LargestSkew;

    private static bool Full(AgentStatus agent) => agent.RunsShed > 0 || (agent.Capacity > 0 && agent.Load > agent.Capacity * 0.9);

    private static long Lost(AgentStatus agent) => agent.RunsMissed + agent.RunsShed + agent.ResultsDropped;

    private string Arrow(string key) => View.AriaSort(key) switch { "ascending" => " ↑", "descending" => " ↓", _ => "" };
}
