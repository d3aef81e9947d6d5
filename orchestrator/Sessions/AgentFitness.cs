namespace Probes.Orchestrator.Sessions;

/// <summary>One thing that is wrong with an agent or its machine, as it says itself: its results do not count until it is over.</summary>
/// <param name="What">"link", "resolver", "clock", "cpu" or "scheduler".</param>
/// <param name="Detail">In words.</param>
/// <param name="Since">By the orchestrator's clock.</param>
public sealed record AgentUnfit(string What, string Detail, DateTimeOffset Since);

/// <summary>How many of some agents are unfit, and why.</summary>
/// <param name="Unfit">Agents online that say so.</param>
/// <param name="Agents">All that are not disabled.</param>
/// <param name="What">Each reason once, most frequent first.</param>
internal sealed record AgentFitness(int Unfit, int Agents, IReadOnlyList<string> What)
{
    /// <summary>Such as "1 of 3 agents unfit: resolver".</summary>
    public string Words => $"{Unfit} of {Agents} {(Agents == 1 ? "agent" : "agents")} unfit: {string.Join(", ", What)}";

    /// <summary>Null when all are fit. What an agent said last counts for nothing once it is gone.</summary>
    public static AgentFitness? Of(IReadOnlyCollection<AgentStatus> agents)
    {
        var unfit = agents.Where(a => a is { Online: true, Disabled: false, Unfit.Count: > 0 }).ToList();
        return unfit.Count == 0 ? null : new AgentFitness(unfit.Count, agents.Count(a => !a.Disabled),
            [.. unfit.SelectMany(a => a.Unfit.Select(u => u.What).Distinct()).GroupBy(w => w).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)]);
    }

    /// <summary>By location, those that have unfit agents; such as "eu-west: 1 of 3 agents unfit: resolver".</summary>
    public static IReadOnlyList<(string Location, AgentFitness Fitness)> ByLocation(IEnumerable<AgentStatus> agents) =>
    [
        .. from location in agents.GroupBy(a => a.Location, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
           let fitness = Of([.. location])
           where fitness is not null
           select (location.Key, fitness),
    ];
}
