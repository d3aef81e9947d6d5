using Microsoft.AspNetCore.Components;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Dashboard.Parts;

public partial class RunTable
{
    [Parameter, EditorRequired]
    public IReadOnlyList<StoredResult> Runs { get; set; } = [];

    [Parameter, EditorRequired]
    public CatalogSnapshot Catalog { get; set; } = CatalogSnapshot.Empty;

    // A fault of the agent is not one of the target: it is shown as unknown, not as down.
    private static (string Key, string Text, Level Level) Status(RunResult run) => run.Status switch
    {
        RunStatus.Passed => ("passed", "Passed", Level.Healthy),
        RunStatus.Missed => ("missed", "Missed", Level.Unknown),
        _ when run.Source == FailureSource.Agent => ("missed", "Not run", Level.Unknown),
        RunStatus.TimedOut => ("failed", "Timed out", Level.Down),
        _ => ("failed", "Failed", Level.Down),
    };

    private static string Source(FailureSource source) => source switch
    {
        FailureSource.Dns => "DNS",
        _ => source.ToString().ToLowerInvariant(),
    };

    private static string What(RunResult run) =>
        run.Message.Length > 0 ? run.Message : run.StatusCode > 0 ? "answered " + run.StatusCode : "";

    private static string Phases(RunResult run) =>
        string.Join(" · ", Enum.GetValues<Phase>().Where(p => run.Phases[p] is not null).Select(p => $"{p.ToString().ToLowerInvariant()} {Show.Ms(run.Phases[p])}"));

    private string AgentName(int id) => Catalog.AgentsById.TryGetValue(id, out var agent) ? agent.Name : $"agent {id}";
}
