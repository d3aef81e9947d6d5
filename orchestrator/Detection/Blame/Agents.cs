using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Detection.Blame;

/// <summary>Names of agents, for those who see a check.</summary>
internal static class Agents
{
    public static Verdict Named(Verdict verdict, CatalogSnapshot snapshot) => verdict.Evidence.ByAgent is not { } agents ? verdict : verdict with
    {
        Evidence = verdict.Evidence with { ByAgent = [.. agents.Select(a => a with { Agent = NameOf(a.AgentId, verdict.Check, snapshot) })] },
    };

    /// <summary>An agent of another project's shared location goes by its location's name.</summary>
    public static string NameOf(int agentId, string check, CatalogSnapshot snapshot) =>
        !snapshot.AgentsById.TryGetValue(agentId, out var agent) ? $"#{agentId}"
        : QualifiedName.ProjectOf(agent.Location) == QualifiedName.ProjectOf(check) ? agent.Name : agent.Location;
}
