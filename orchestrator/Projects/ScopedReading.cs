using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Projects;

/// <summary>The agents of the caller's project.</summary>
internal sealed class ScopedAgents(IAgentRegistry whole, ProjectScope scope) : IAgentRegistry
{
    public IReadOnlyList<AgentStatus> Agents() => scope.Visible is null ? whole.Agents() : [.. whole.Agents().Where(a => scope.Sees(a.Location))];
}

/// <summary>Verdicts and incidents of the caller's project.</summary>
internal sealed class ScopedVerdicts(IVerdicts whole, ProjectScope scope) : IVerdicts
{
    public Verdict Of(string check, string region) => scope.Sees(check) ? whole.Of(check, region) : whole.Of("", region) with { Check = check };

    public IReadOnlyList<Verdict> All() => scope.Visible is null ? whole.All() : [.. whole.All().Where(v => scope.Sees(v.Check))];

    public Task<IReadOnlyList<Incident>> IncidentsAsync(bool? open, string? check, int limit, CancellationToken ct, string? project = null) =>
        check is not null && !scope.Sees(check)
            ? Task.FromResult<IReadOnlyList<Incident>>([])
            : whole.IncidentsAsync(open, check, limit, ct, scope.Visible ?? project);
}
