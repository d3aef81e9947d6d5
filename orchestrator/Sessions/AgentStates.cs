namespace Probes.Orchestrator.Sessions;

/// <summary>What an agent is, in one word each; several may hold at once.</summary>
public static class AgentStates
{
    public const string Online = "online";
    public const string Offline = "offline";
    public const string NeverSeen = "never-seen";
    public const string Disabled = "disabled";
    public const string Drained = "drained";
    public const string Unfit = "unfit";
    public const string Degraded = "degraded";

    /// <summary>A second process came with this agent's identity and was refused.</summary>
    public const string RefusedIdentity = "refused-identity";

    /// <summary>Most important first.</summary>
    public static readonly IReadOnlyList<string> All = [RefusedIdentity, Disabled, NeverSeen, Offline, Unfit, Drained, Degraded, Online];

    /// <summary>All that hold, most important first; never empty. What needs a connection is said of none that is gone.</summary>
    public static IReadOnlyList<string> Of(AgentStatus agent)
    {
        List<string> holds = [];
        Add(agent.IdentityClash, RefusedIdentity);
        Add(agent.Disabled, Disabled);
        Add(!agent.Disabled && !agent.Online, agent.LastSeenAt is null ? NeverSeen : Offline);
        Add(agent is { Online: true, Disabled: false, Unfit.Count: > 0 }, Unfit);
        Add(agent is { Drained: true, Disabled: false }, Drained);
        Add(agent is { Online: true, Disabled: false, Degraded.Length: > 0 }, Degraded);
        Add(agent is { Online: true, Disabled: false }, Online);
        return holds;

        void Add(bool does, string state)
        {
            if (does)
            {
                holds.Add(state);
            }
        }
    }
}
