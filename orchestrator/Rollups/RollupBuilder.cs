using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups;

/// <summary>
/// What a rollup needs of one stored run; times in microseconds, -1 for a phase that did not happen; late: start after due; attempt as <see cref="Store.Attempts"/> stores it.
/// </summary>
internal readonly record struct StoredRun(
    RunStatus Status, FailureSource Source, long Duration, long Dns, long Connect, long Tls, long Send, long Wait, long Transfer, long Late = 0, int Attempt = 0)
{
    public static StoredRun Of(RunResult result) => new(
        result.Status, result.Source, Micros.Of(result.Duration), Phase(result.Phases.Dns), Phase(result.Phases.Connect), Phase(result.Phases.Tls),
        Phase(result.Phases.Send), Phase(result.Phases.Wait), Phase(result.Phases.Transfer), Micros.Of(result.Late), Attempts.Of(result));

    private static long Phase(TimeSpan? time) => time is { } span ? Micros.Of(span) : -1;
}

/// <summary>Rollups as a pure function of stored runs, in whatever order they come.</summary>
internal static class RollupBuilder
{
    private static readonly long LateMicros = ScheduleGrid.LateAfter.Ticks / TimeSpan.TicksPerMicrosecond;

    public static Rollup Build(IEnumerable<StoredRun> runs)
    {
        var rollup = new Rollup();
        foreach (var run in runs)
        {
            Add(rollup, run);
        }

        return rollup;
    }

    public static void Add(Rollup rollup, in StoredRun run)
    {
        rollup.Counts += Count(run);
        rollup.Late += IsLate(run) ? 1 : 0;
        for (var part = RollupPart.Total; part <= RollupPart.Transfer; part++)
        {
            if (Time(run, part) is var micros and >= 0)
            {
                rollup[part].Add(Milliseconds(micros));
            }
        }
    }

    internal static double Milliseconds(long micros) => micros / 1000.0;

    // One due time is one run: it began with its first attempt, and its last one says what became of it.
    internal static bool IsLate(in StoredRun run) => run.Status != RunStatus.Missed && run.Late > LateMicros && Attempts.IsFirst(run.Attempt);

    /// <summary>Microseconds that the run adds to a sketch; below 0: nothing.</summary>
    internal static long Time(in StoredRun run, RollupPart part) => run switch
    {
        _ when Attempts.IsRetried(run.Attempt) => -1,
        { Status: RunStatus.Passed, Source: not FailureSource.Agent } => part switch
        {
            RollupPart.Total => run.Duration,
            RollupPart.Dns => run.Dns,
            RollupPart.Connect => run.Connect,
            RollupPart.Tls => run.Tls,
            RollupPart.Send => run.Send,
            RollupPart.Wait => run.Wait,
            _ => run.Transfer,
        },
        // It failed after the name had been resolved: the lookup still tells about DNS.
        { Status: not RunStatus.Missed, Source: FailureSource.Target or FailureSource.Network } when part == RollupPart.Dns => run.Dns,
        _ => -1,
    };

    internal static RunCounts Count(in StoredRun run) => run switch
    {
        _ when Attempts.IsRetried(run.Attempt) => default,
        { Status: RunStatus.Missed } => new RunCounts { Missed = 1 },
        // Before passed: a run that an unfit agent made passed for nobody.
        { Source: FailureSource.Agent } => new RunCounts { AgentFaults = 1 },
        { Status: RunStatus.Passed } => new RunCounts { Passed = 1 },
        { Source: FailureSource.Dns } => new RunCounts { DnsFaults = 1 },
        { Source: FailureSource.Network } => new RunCounts { NetworkFaults = 1 },
        // A failure nobody else is blamed for is the target's.
        _ => new RunCounts { TargetFaults = 1 },
    };
}
