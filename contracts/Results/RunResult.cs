using Probes.Contracts.Checks;

namespace Probes.Contracts.Results;

public enum RunStatus { Passed = 1, Failed, TimedOut, Missed }

/// <summary>What a failure may be blamed on. Agent faults never count against the target.</summary>
public enum FailureSource { None = 0, Target, Dns, Network, Agent }

/// <summary>Times of a run's parts; null for a phase that did not happen. Monotonic clock.</summary>
public readonly record struct PhaseTimes(
    TimeSpan? Dns, TimeSpan? Connect, TimeSpan? Tls, TimeSpan? Send, TimeSpan? Wait, TimeSpan? Transfer)
{
    public TimeSpan? this[Phase phase] => phase switch
    {
        Phase.Dns => Dns,
        Phase.Connect => Connect,
        Phase.Tls => Tls,
        Phase.Send => Send,
        Phase.Wait => Wait,
        Phase.Transfer => Transfer,
        _ => null,
    };
}

public sealed record AssertionOutcome(string Assertion, bool Passed, string Actual);

/// <summary>The outcome of one run of a check by one agent.</summary>
public sealed record RunResult
{
    public required string Check { get; init; }

    public required long CheckRevision { get; init; }

    /// <summary>When the run was due on the check's grid, corrected to the orchestrator's clock.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>How long after <see cref="Due"/> it started.</summary>
    public TimeSpan Late { get; init; }

    public required RunStatus Status { get; init; }

    public FailureSource Source { get; init; }

    /// <summary>Machine-readable reason such as <c>connect_refused</c>; empty when passed.</summary>
    public string Reason { get; init; } = "";

    /// <summary>One sentence for people; empty when passed.</summary>
    public string Message { get; init; } = "";

    /// <summary>Whole run, from start to verdict.</summary>
    public TimeSpan Duration { get; init; }

    public PhaseTimes Phases { get; init; }

    /// <summary>Address that was talked to, such as <c>192.0.2.7:443</c>.</summary>
    public string Address { get; init; } = "";

    /// <summary>HTTP status or DNS response code; 0 when there was none.</summary>
    public int StatusCode { get; init; }

    public IReadOnlyList<AssertionOutcome> Assertions { get; init; } = [];

    public IReadOnlyDictionary<string, string> Evidence { get; init; } = new Dictionary<string, string>();

    /// <summary>Of its due time, from 1 on; 0: the only one.</summary>
    public int Attempt { get; init; }

    /// <summary>It failed and another attempt of the same due time was made: that one counts, this one does not.</summary>
    public bool Retried { get; init; }

    /// <summary>
    /// Comma-separated reasons why the agent was unfit while it ran: link, resolver, clock, cpu, scheduler; empty: it was fit. What is not empty
    /// says nothing of the target, whatever its status.
    /// </summary>
    public string Unfit { get; init; } = "";
}
