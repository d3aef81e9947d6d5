using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>Runs checks of one kind. What a target does wrong is a value; only our own faults are exceptions.</summary>
public interface IProbe
{
    string Kind { get; }

    /// <summary>
    /// Runs once. <paramref name="timeout"/> fires when the check's time-out is up, and is told apart from
    /// <paramref name="stopping"/>, on which it throws <see cref="OperationCanceledException"/>.
    /// </summary>
    ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping);
}

/// <summary>What a probe saw, before schedule and identity are added to make it a <see cref="RunResult"/>.</summary>
public sealed record ProbeOutcome
{
    public required RunStatus Status { get; init; }
    public FailureSource Source { get; init; }
    public string Reason { get; init; } = "";
    public string Message { get; init; } = "";
    public TimeSpan Duration { get; init; }
    public PhaseTimes Phases { get; init; }
    public string Address { get; init; } = "";
    public int StatusCode { get; init; }
    public IReadOnlyList<AssertionOutcome> Assertions { get; init; } = [];
    public IReadOnlyDictionary<string, string> Evidence { get; init; } = new Dictionary<string, string>();
}
