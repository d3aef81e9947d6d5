using Probes.Contracts.Checks;

namespace Probes.Agent.Schedule;

/// <summary>A run whose time has come.</summary>
/// <param name="Check">What to run.</param>
/// <param name="Due">On the check's grid, by the corrected clock.</param>
internal readonly record struct DueRun(Check Check, DateTimeOffset Due)
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(1);

    /// <summary>How late it may start: half its interval or 1 s, whichever is less. After that it is missed.</summary>
    public TimeSpan Window => WindowOf(Check);

    public static TimeSpan WindowOf(Check check) => check.Interval / 2 < Most ? check.Interval / 2 : Most;
}

/// <summary>Due times of one check that passed while the agent did not run: suspended, stopped, or its clock was set forward.</summary>
internal readonly record struct MissedRange(Check Check, DateTimeOffset First, long Count);

/// <summary>Takes what is due. Called from the scheduler's thread: it must not wait.</summary>
internal interface IRunSink
{
    /// <summary>False when no more probes may run at once; it is asked again until the run's window is over.</summary>
    bool TryStart(DueRun run);

    /// <summary>The window is over and it never started.</summary>
    void Missed(DueRun run);

    /// <summary>A stretch of time is missing.</summary>
    void Missed(MissedRange range);
}
