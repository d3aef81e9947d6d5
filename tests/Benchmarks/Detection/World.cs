using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Benchmarks.Detection;

/// <summary>Times of one run's phases in milliseconds, and what became of it; what faults change before it is told.</summary>
internal sealed class Draft
{
    public double Dns;
    public double Connect;
    public double Tls;
    public double Wait;
    public double Transfer;
    public RunStatus Status = RunStatus.Passed;
    public FailureSource Source;

    /// <summary>Nobody ever hears of it.</summary>
    public bool Lost;

    /// <summary>How far its agent's clock is off: it is told as of another time.</summary>
    public TimeSpan Skew;

    public double Total => Dns + Connect + Tls + Wait + Transfer;

    public void Fail(FailureSource source) => (Status, Source) = (RunStatus.Failed, source);
}

/// <summary>One run of check c from region r by its agent a at <paramref name="At"/> (time since the scenario's start).</summary>
internal readonly record struct Spot(int Check, int Region, int Agent, TimeSpan At);

/// <summary>Something that goes wrong, or seems to.</summary>
/// <param name="From">Since the scenario's start.</param>
/// <param name="To">Since the scenario's start.</param>
/// <param name="Hits">Which runs.</param>
/// <param name="Apply">What it does to them.</param>
internal sealed record Effect(TimeSpan From, TimeSpan To, Func<Spot, bool> Hits, Action<Draft, Random> Apply);

/// <summary>What ought to be flagged: these pairs of check and region, in this time.</summary>
/// <param name="Phase">The part that is slower; null when runs fail, or several are.</param>
internal sealed record Label(TimeSpan From, TimeSpan To, IReadOnlyList<(int Check, int Region)> Pairs, Culprit Culprit, Phase? Phase);

/// <summary>A world with a fixed seed: checks, regions, agents, what goes wrong in it, and what of that ought to be found.</summary>
internal sealed record Scenario
{
    public required string Family { get; init; }
    public required int Seed { get; init; }
    public required TimeSpan Length { get; init; }
    public required TimeSpan Interval { get; init; }
    public required int Checks { get; init; }
    public required int Regions { get; init; }

    /// <summary>Agents of each region; each runs every check.</summary>
    public required int Agents { get; init; }

    /// <summary>Daily swing of the waiting time, as a part of it.</summary>
    public double Swing { get; init; }

    /// <summary>Standard deviation of the logarithm of each phase.</summary>
    public double Noise { get; init; } = 0.15;

    /// <summary>Part of the runs that are slowed by a heavy tail.</summary>
    public double Tail { get; init; } = 0.01;

    /// <summary>Part of the runs that fail by themselves.</summary>
    public double Flakes { get; init; } = 0.0005;

    /// <summary>What is flagged before is not counted: there was not enough history to know better.</summary>
    public TimeSpan CountedFrom { get; init; }

    public IReadOnlyList<Effect> Effects { get; init; } = [];

    public IReadOnlyList<Label> Labels { get; init; } = [];
}
