using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Projects;

/// <summary>The agents of the caller's project.</summary>
internal sealed class ScopedAgents(IAgentRegistry whole, ProjectScope scope) : IAgentRegistry
{
    public IReadOnlyList<AgentStatus> Agents() => scope.Visible is null ? whole.Agents() : [.. whole.Agents().Where(a => scope.Sees(a.Location))];
}

/// <summary>Verdicts of the caller's project.</summary>
internal sealed class ScopedVerdicts(IVerdicts whole, ProjectScope scope) : IVerdicts
{
    public Verdict Of(string check, string region) => scope.Sees(check) ? whole.Of(check, region) : whole.Of("", region) with { Check = check };

    public IReadOnlyList<Verdict> All() => scope.Visible is null ? whole.All() : [.. whole.All().Where(v => scope.Sees(v.Check))];
}

/// <summary>Answers of the caller's checks.</summary>
internal sealed class ScopedAnswers(IAnswers whole, ProjectScope scope) : IAnswers
{
    public AnswersReport? Of(string check) => scope.Sees(check) ? whole.Of(check) : null;
}

/// <summary>Incidents of the caller's project.</summary>
internal sealed class ScopedIncidents(IIncidents whole, ProjectScope scope) : IIncidents
{
    public Task<IReadOnlyList<Incident>> ListAsync(IncidentQuery query, CancellationToken ct) =>
        query.Check is not null && !scope.Sees(query.Check)
            ? Task.FromResult<IReadOnlyList<Incident>>([])
            : whole.ListAsync(query with { Project = scope.Visible ?? query.Project }, ct);

    public async Task<IncidentStory?> FindAsync(long id, CancellationToken ct) =>
        await whole.FindAsync(id, ct) is { } story && (scope.Visible is null || scope.Visible == story.Incident.Project) ? story : null;
}
