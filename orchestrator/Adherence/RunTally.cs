using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Adherence;

/// <summary>Runs of a span, counted against the schedule.</summary>
/// <param name="Expected">Due times in the span.</param>
/// <param name="Executed">Results of runs that were made, whoever they blame.</param>
/// <param name="Late">Of the executed: started more than 100 ms after they were due.</param>
/// <param name="Missed">Due, and nothing came of it, not even word that its result was dropped.</param>
/// <param name="Told">Of the missed: those that an agent told of by itself.</param>
/// <param name="Pending">Due so lately that their results may still be on the way.</param>
/// <param name="Extra">Runs beyond what was due: made by two agents at a hand-over.</param>
/// <param name="Dropped">Made, as their agent reports, and their results given up: the spool was full, say.</param>
public readonly record struct RunTally(long Expected, long Executed, long Late, long Missed, long Told, long Pending, long Extra, long Dropped = 0)
{
    /// <summary>Those whose results are here of those whose should be, 0 to 1; null when none was due.</summary>
    public double? Ratio => Expected - Pending is > 0 and var due ? (double)(due - Missed - Dropped) / due : null;

    public static RunTally operator +(RunTally a, RunTally b) => new(
        a.Expected + b.Expected, a.Executed + b.Executed, a.Late + b.Late, a.Missed + b.Missed, a.Told + b.Told, a.Pending + b.Pending, a.Extra + b.Extra, a.Dropped + b.Dropped);

    /// <summary>
    /// One place in one minute. The difference is taken minute by minute, so that what ran twice in one minute does not make up for what did
    /// not run in another.
    /// </summary>
    /// <param name="expected">Due times in the minute.</param>
    /// <param name="seen">What came in of it.</param>
    /// <param name="settled">Whether everything should have come in by now.</param>
    /// <param name="dropped">Results of the minute that agents report given up.</param>
    internal static RunTally Of(long expected, MinuteSeen seen, bool settled, long dropped = 0)
    {
        var gone = Math.Min(Math.Max(0, expected - seen.Executed), dropped);
        var lacking = Math.Max(0, expected - seen.Executed) - gone;
        var told = Math.Min(lacking, seen.Told);
        var missed = settled ? lacking : told;
        return new RunTally(expected, seen.Executed, seen.Late, missed, told, lacking - missed, Math.Max(0, seen.Executed - expected), gone);
    }
}

/// <summary>What is stored of one place in one minute.</summary>
/// <param name="AgentFaults">With the passed and the failed those that were executed.</param>
internal readonly record struct MinuteSeen(int Passed, int Late, int Told, int TargetFaults = 0, int DnsFaults = 0, int NetworkFaults = 0, int AgentFaults = 0)
{
    public int Executed => Passed + TargetFaults + DnsFaults + NetworkFaults + AgentFaults;

    public MinuteSeen Plus(RunCounts counts, long late) => new(
        Passed + (int)counts.Passed, Late + (int)late, Told + (int)counts.Missed, TargetFaults + (int)counts.TargetFaults, DnsFaults + (int)counts.DnsFaults,
        NetworkFaults + (int)counts.NetworkFaults, AgentFaults + (int)counts.AgentFaults);
}
