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
        _ when run.Unfit.Length > 0 => ("missed", "Not judged", Level.Unknown),
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
        run.Unfit.Length > 0 ? $"agent unfit: {run.Unfit.Replace(",", ", ", StringComparison.Ordinal)}{(run.Message.Length > 0 ? $"; it saw: {run.Message}" : "")}"
        : run.Message.Length > 0 ? run.Message : run.StatusCode > 0 ? "answered " + run.StatusCode : "";

    private static string Phases(RunResult run) =>
        string.Join(" · ", Enum.GetValues<Phase>().Where(p => run.Phases[p] is not null).Select(p => $"{p.ToString().ToLowerInvariant()} {Show.Ms(run.Phases[p])}"));

    // One scale for all rows; a run far longer than the rest fills its bar and no more.
    private double Longest => Runs.Select(r => Sum(r.Result)).Order().ElementAtOrDefault((int)(Runs.Count * 0.95)) is > 0 and var ms ? ms : 1;

    private IEnumerable<(string Key, string X, string Width)> Bars(RunResult run)
    {
        var (scale, x) = (100 / Math.Max(Longest, Sum(run) > Longest ? Sum(run) : 0), 0.0);
        foreach (var phase in Enum.GetValues<Phase>().Where(p => run.Phases[p] is not null))
        {
            var width = run.Phases[phase]!.Value.TotalMilliseconds * scale;
            yield return (phase.ToString().ToLowerInvariant(), Show.Number(x) + "%", Show.Number(width) + "%");
            x += width;
        }
    }

    private static double Sum(RunResult run) => Enum.GetValues<Phase>().Sum(p => run.Phases[p]?.TotalMilliseconds ?? 0);

    private string AgentName(int id) => Catalog.AgentsById.TryGetValue(id, out var agent) ? agent.Name : $"agent {id}";
}
