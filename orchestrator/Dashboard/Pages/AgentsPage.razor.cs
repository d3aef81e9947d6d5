using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Who runs the checks, and whether they can be trusted to.</summary>
public partial class AgentsPage
{
    // Results of such an agent would land in the wrong minute, were they not corrected.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    [Inject]
    private IAgentRegistry Registry { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private IReadOnlyList<AgentStatus> Agents { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    protected override void OnInitialized()
    {
        Agents = Registry.Agents();
        Now = Time.GetUtcNow();
    }

    private static bool Skewed(AgentStatus agent) => agent.ClockOffset.Duration() > LargestSkew;

    private static (string Key, string Text, Level Level) State(AgentStatus agent) =>
        agent.Disabled ? ("off", "Disabled", Level.Unknown)
        : agent.Online ? ("on", "Online", Level.Healthy)
        : agent.LastSeenAt is null ? ("off", "Never seen", Level.Unknown)
        : ("lost", "Offline", Level.Down);
}
