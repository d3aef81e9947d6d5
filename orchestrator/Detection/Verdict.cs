using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Answers;

namespace Probes.Orchestrator.Detection;

public enum Level { Unknown = 0, Healthy, Degraded, Down }

/// <summary>Several levels as one.</summary>
internal static class Levels
{
    /// <summary>Down, then degraded, then unknown: what is not known in one region is not healthy as a whole. Unknown when there are none.</summary>
    public static Level Worst(IEnumerable<Level> levels)
    {
        var all = levels.ToHashSet();
        return all.Contains(Level.Down) ? Level.Down
            : all.Contains(Level.Degraded) ? Level.Degraded
            : all.Contains(Level.Unknown) || all.Count == 0 ? Level.Unknown
            : Level.Healthy;
    }
}

/// <summary>What is true of one check in one region now, and what it rests on.</summary>
public sealed record Verdict
{
    public required string Check { get; init; }
    public required string Region { get; init; }
    public required Level Level { get; init; }
    /// <summary>One sentence for people: which phase, how much against its baseline, how sure, since when, on how many agents and runs.</summary>
    public required string Sentence { get; init; }
    /// <summary>When the present level began.</summary>
    public DateTimeOffset Since { get; init; }
    public DateTimeOffset JudgedAt { get; init; }
    /// <summary>A look has found something, but not yet often enough to say so.</summary>
    public bool Suspected { get; init; }
    /// <summary>Whether the latest look still shows what is flagged; a level is left only after several that do not.</summary>
    public bool Shows { get; init; }
    /// <summary>When it was last flagged; null when not since this orchestrator began to watch.</summary>
    public DateTimeOffset? FlaggedAt { get; init; }
    /// <summary>What it is blamed on; null while nothing is flagged.</summary>
    public Blame.Cause? Cause { get; init; }
    public required Evidence Evidence { get; init; }
    /// <summary>Name of the maintenance window that covers it now: it opens no incident. Null: none does.</summary>
    public string? Maintenance { get; init; }
}

/// <summary>Numbers a verdict rests on. Times are milliseconds.</summary>
public sealed record Evidence
{
    public int Agents { get; init; }
    /// <summary>Runs judged in the window.</summary>
    public long Runs { get; init; }
    public long BaselineRuns { get; init; }
    public DateTimeOffset WindowFrom { get; init; }
    public DateTimeOffset WindowTo { get; init; }
    public DateTimeOffset? BaselineFrom { get; init; }
    public DateTimeOffset? BaselineTo { get; init; }
    public double? MedianMs { get; init; }
    /// <summary>95 % interval of the median, by Wilson's bounds on its rank.</summary>
    public double? MedianLowMs { get; init; }
    public double? MedianHighMs { get; init; }
    public double? BaselineMedianMs { get; init; }
    public double? BaselineMedianLowMs { get; init; }
    public double? BaselineMedianHighMs { get; init; }
    public double? P95Ms { get; init; }
    public double? BaselineP95Ms { get; init; }
    /// <summary>Probability that a run of the window is slower than one of the baseline (0.5: no difference).</summary>
    public double? Superiority { get; init; }
    /// <summary>Of the test that flagged it, one-sided: of ranks or exceedances for latency (with <see cref="Superiority"/>), of failures else; when nothing is flagged, of ranks.</summary>
    public double? PValue { get; init; }
    /// <summary>Set when it is the slow ones that became more: the baseline's 95th percentile.</summary>
    public double? TailMs { get; init; }
    /// <summary>Part of the runs that took longer than <see cref="TailMs"/>, 0 to 1.</summary>
    public double? TailPart { get; init; }
    /// <summary>What is usual at this time of day or week, where it decided; null where the recent past did.</summary>
    public Season.SeasonEvidence? Season { get; init; }
    public double? Availability { get; init; }
    /// <summary>Wilson interval of the availability, 95 %.</summary>
    public double? AvailabilityLow { get; init; }
    public double? AvailabilityHigh { get; init; }
    public double? BaselineAvailability { get; init; }
    /// <summary>Runs that failures are held against, where these are more than the baseline: what is remembered of three days is among them. Null: the baseline alone.</summary>
    public long? RunsBefore { get; init; }
    /// <summary>Of <see cref="RunsBefore"/>, those that failed.</summary>
    public long? FailedBefore { get; init; }
    /// <summary>The phase that moved most, if one explains the change.</summary>
    public Phase? Phase { get; init; }
    public double? PhaseMedianMs { get; init; }
    public double? PhaseBaselineMedianMs { get; init; }
    /// <summary>What failures are blamed on, most frequent first: "target", "dns", "network".</summary>
    public string? FailureSource { get; init; }
    /// <summary>How its answers differ from those of other regions, in words; null: they do not.</summary>
    public IReadOnlyList<string>? Answers { get; init; }
    /// <summary>The difference that flags it, or explains what does; null: something else does.</summary>
    public DifferenceKind? AnswerKind { get; init; }
    /// <summary>Of what is flagged, agent by agent; null when not two of them ran the check.</summary>
    public IReadOnlyList<AgentEvidence>? ByAgent { get; init; }
    /// <summary>What other agents said when they were asked to run it too; null when nobody was asked since it began.</summary>
    public IReadOnlyList<Confirmation.ConfirmingRun>? Confirmations { get; init; }
    /// <summary>Version of the measuring that it rests on; null when all agents measure alike.</summary>
    public string? Engine { get; init; }
    /// <summary>What another version measured, and is not compared: agents, or what they measured before they changed.</summary>
    public IReadOnlyList<string>? LeftOut { get; init; }
}
