namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>One run on demand that another agent, or the same once more, made because something was suspected. It is evidence: it is in no rollup and counts for no availability.</summary>
public sealed record ConfirmingRun
{
    /// <summary>Its number in the store.</summary>
    public required int AgentId { get; init; }

    /// <summary>Its name; its location's name for those who must not know it.</summary>
    public required string Agent { get; init; }

    public required string Location { get; init; }

    public required string Region { get; init; }

    /// <summary>Made by the agent that saw it, for there is no other in its region.</summary>
    public bool Again { get; init; }

    /// <summary>done, refused, noResult, noAnswer, elsewhere or offline, as for runs on demand.</summary>
    public required string State { get; init; }

    /// <summary>Null: it says nothing of the target, for there is no result, or it failed by the agent's own fault.</summary>
    public bool? Passed { get; init; }

    /// <summary>The result's reason, such as "connect_refused"; without a result, why there is none. Empty when it passed.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What a failure is blamed on: "target", "dns", "network" or "agent"; empty when it passed.</summary>
    public string Source { get; init; } = "";

    public double? DurationMs { get; init; }

    /// <summary>That was talked to.</summary>
    public string Address { get; init; } = "";

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset At { get; init; }
}
