namespace Probes.Orchestrator.Adherence;

/// <summary>Runs of a span, counted against the schedule.</summary>
/// <param name="Expected">Due times in the span.</param>
/// <param name="Executed">Results of runs that were made, whoever they blame.</param>
/// <param name="Late">Of the executed: started more than 100 ms after they were due.</param>
/// <param name="Missed">Due, and no run was made, whatever agents say.</param>
/// <param name="Told">Of the missed: those that an agent told of by itself.</param>
/// <param name="Pending">Due so lately that their results may still be on the way.</param>
/// <param name="Extra">Runs beyond what was due: made by two agents at a hand-over.</param>
public readonly record struct RunTally(long Expected, long Executed, long Late, long Missed, long Told, long Pending, long Extra)
{
    /// <summary>Executed of those whose results should be here, 0 to 1; null when none was due.</summary>
    public double? Ratio => Expected - Pending is > 0 and var due ? (double)(due - Missed) / due : null;

    public static RunTally operator +(RunTally a, RunTally b) => new(
        a.Expected + b.Expected, a.Executed + b.Executed, a.Late + b.Late, a.Missed + b.Missed, a.Told + b.Told, a.Pending + b.Pending, a.Extra + b.Extra);

    /// <summary>
    /// One place in one minute. The difference is taken minute by minute, so that what ran twice in one minute does not make up for what did
    /// not run in another.
    /// </summary>
    /// <param name="expected">Due times in the minute.</param>
    /// <param name="seen">What came in of it.</param>
    /// <param name="settled">Whether everything should have come in by now.</param>
    internal static RunTally Of(long expected, MinuteSeen seen, bool settled)
    {
        var lacking = Math.Max(0, expected - seen.Executed);
        var told = Math.Min(lacking, seen.Told);
        var missed = settled ? lacking : told;
        return new RunTally(expected, seen.Executed, seen.Late, missed, told, lacking - missed, Math.Max(0, seen.Executed - expected));
    }
}

/// <summary>What is stored of one place in one minute.</summary>
internal readonly record struct MinuteSeen(int Executed, int Late, int Told);
