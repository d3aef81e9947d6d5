using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Rollups;

/// <summary>One check, one agent, one minute (minutes since the Unix epoch).</summary>
public readonly record struct RollupKey(int CheckId, int AgentId, long Minute);

public readonly record struct RollupRow(RollupKey Key, Rollup Rollup);

/// <summary>Counts of runs by what became of them. A run is in exactly one of them.</summary>
public readonly record struct RunCounts(long Passed, long TargetFaults, long DnsFaults, long NetworkFaults, long AgentFaults, long Missed)
{
    /// <summary>Runs that say something about the target: agent faults and missed runs do not.</summary>
    public long Judged => Passed + Failed;

    public long Failed => TargetFaults + DnsFaults + NetworkFaults;

    /// <summary>Runs that were made, whoever they blame.</summary>
    public long Executed => Judged + AgentFaults;

    /// <summary>Runs that agents told of. What was due is known to <c>Adherence</c>.</summary>
    public long Told => Executed + Missed;

    /// <summary>Passed of judged, 0 to 1; null when nothing was judged.</summary>
    public double? Availability => Judged == 0 ? null : (double)Passed / Judged;

    public static RunCounts operator +(RunCounts a, RunCounts b) => new(
        a.Passed + b.Passed, a.TargetFaults + b.TargetFaults, a.DnsFaults + b.DnsFaults,
        a.NetworkFaults + b.NetworkFaults, a.AgentFaults + b.AgentFaults, a.Missed + b.Missed);

    public static RunCounts operator -(RunCounts a, RunCounts b) => new(
        a.Passed - b.Passed, a.TargetFaults - b.TargetFaults, a.DnsFaults - b.DnsFaults,
        a.NetworkFaults - b.NetworkFaults, a.AgentFaults - b.AgentFaults, a.Missed - b.Missed);
}

/// <summary>
/// Counts and mergeable latency sketches of some runs. Sketches hold milliseconds of passed runs only, so that a fast
/// failure does not look like speed; the dns sketch also holds the lookups of failed runs that resolved.
/// </summary>
public sealed class Rollup
{
    public RunCounts Counts { get; set; }

    /// <summary>Of the executed runs, those that started more than <see cref="ScheduleGrid.LateAfter"/> after they were due.</summary>
    public long Late { get; set; }

    /// <summary>Whole run.</summary>
    public Sketch Total { get; init; } = new();

    public Sketch Dns { get; init; } = new();
    public Sketch Connect { get; init; } = new();
    public Sketch Tls { get; init; } = new();
    public Sketch Send { get; init; } = new();
    public Sketch Wait { get; init; } = new();
    public Sketch Transfer { get; init; } = new();

    public Sketch this[Phase phase] => phase switch
    {
        Phase.Dns => Dns,
        Phase.Connect => Connect,
        Phase.Tls => Tls,
        Phase.Send => Send,
        Phase.Wait => Wait,
        Phase.Transfer => Transfer,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "not a phase"),
    };

    public Sketch this[RollupPart part] => part switch
    {
        RollupPart.Total => Total,
        RollupPart.Dns => Dns,
        RollupPart.Connect => Connect,
        RollupPart.Tls => Tls,
        RollupPart.Send => Send,
        RollupPart.Wait => Wait,
        RollupPart.Transfer => Transfer,
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "not a part"),
    };

    /// <summary>Takes away what was merged before; false when it does not hold all of it, and then it is of no use any more.</summary>
    public bool TrySubtract(Rollup other)
    {
        Counts -= other.Counts;
        Late -= other.Late;
        return Counts is { Passed: >= 0, TargetFaults: >= 0, DnsFaults: >= 0, NetworkFaults: >= 0, AgentFaults: >= 0, Missed: >= 0 } && Late >= 0
            && Enum.GetValues<RollupPart>().All(part => this[part].TrySubtract(other[part]));
    }

    public void Merge(Rollup other)
    {
        Counts += other.Counts;
        Late += other.Late;
        Total.Merge(other.Total);
        Dns.Merge(other.Dns);
        Connect.Merge(other.Connect);
        Tls.Merge(other.Tls);
        Send.Merge(other.Send);
        Wait.Merge(other.Wait);
        Transfer.Merge(other.Transfer);
    }
}
