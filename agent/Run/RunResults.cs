using Probes.Agent.Probes;
using Probes.Agent.Schedule;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Run;

/// <summary>Makes results out of what became of runs.</summary>
internal static class RunResults
{
    public static RunResult Of(DueRun run, TimeSpan late, TimeSpan elapsed, ProbeOutcome outcome) => new()
    {
        Check = run.Check.Name,
        CheckRevision = run.Check.Revision,
        Due = run.Due,
        Late = late,
        Status = outcome.Status,
        Source = outcome.Source,
        Reason = outcome.Reason,
        Message = outcome.Message,
        Duration = outcome.Duration > TimeSpan.Zero ? outcome.Duration : elapsed,
        Phases = outcome.Phases,
        Address = outcome.Address,
        StatusCode = outcome.StatusCode,
        Assertions = outcome.Assertions,
        Evidence = outcome.Evidence,
    };

    /// <summary>Whether the check asks for another attempt after this one: it failed, and not by the agent's own fault.</summary>
    /// <param name="made">Attempts so far.</param>
    public static bool IsToBeRetried(Check check, RunStatus status, FailureSource source, int made) =>
        check.Retry is { } retry && made <= retry.Runs && status is (RunStatus.Failed or RunStatus.TimedOut) && source != FailureSource.Agent;

    public static RunResult Missed(Check check, DateTimeOffset due, string reason, string message) => new()
    {
        Check = check.Name,
        CheckRevision = check.Revision,
        Due = due,
        Status = RunStatus.Missed,
        Source = FailureSource.Agent,
        Reason = reason,
        Message = message,
    };

    public static ProbeOutcome AgentError(string message) => new()
    {
        Status = RunStatus.Failed,
        Source = FailureSource.Agent,
        Reason = "agent_error",
        Message = message,
    };

    /// <summary>For a probe that let its time-out through: the target did not answer in time.</summary>
    public static ProbeOutcome TimedOut(Check check) => new()
    {
        Status = RunStatus.TimedOut,
        Source = FailureSource.Target,
        Reason = "timeout",
        Message = $"not done within {check.Timeout.TotalMilliseconds:0} ms",
    };
}
