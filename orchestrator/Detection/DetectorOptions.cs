using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Detection;

/// <summary>When a region counts as degraded or down. Section <c>Detection</c>.</summary>
internal sealed class DetectorOptions
{
    public const string Section = "Detection";

    /// <summary>Seconds between judgments, 1 to 300, default 1; up to 5 where they would take over a twentieth of the time.</summary>
    [Range(1, 300)]
    public int EverySeconds { get; set; } = 1;

    /// <summary>Runs a window should hold, 5 to 1,000, default 10; it grows by minutes until it does.</summary>
    [Range(5, 1000)]
    public int WindowRuns { get; set; } = 10;

    /// <summary>Runs a baseline must hold before latency is judged, 10 to 10,000, default 30.</summary>
    [Range(10, 10_000)]
    public int BaselineRuns { get; set; } = 30;

    /// <summary>Minutes of the region's own past that make its baseline, 10 to 1,440, default 60; longer for checks whose interval is over a minute.</summary>
    [Range(10, 1440)]
    public int BaselineMinutes { get; set; } = 60;

    /// <summary>
    /// One-sided p-value below which a change is significant for a check as a whole, 1e-9 to 0.05, default 0.0001: each of its regions is held to it divided by their number (Bonferroni). A region is
    /// looked at in more than a thousand separate windows a day, so that 0.001 would flag chance now and then.
    /// </summary>
    [Range(1e-9, 0.05)]
    public double Significance { get; set; } = 0.0001;

    /// <summary>Probability that a run is slower than one of the baseline, from which a shift matters, 0.5 to 1, default 0.75.</summary>
    [Range(0.5, 1)]
    public double Superiority { get; set; } = 0.75;

    /// <summary>Least shift of the median that matters, milliseconds, 0 to 60,000, default 20.</summary>
    [Range(0, 60_000)]
    public double ShiftMs { get; set; } = 20;

    /// <summary>Least shift of the median that matters, as a part of the baseline's median, 0 to 10, default 0.25.</summary>
    [Range(0, 10)]
    public double ShiftRatio { get; set; } = 0.25;

    /// <summary>Part of the runs that must take longer than 19 of 20 did before, for slow ones that became more to matter, 0.1 to 1, default 0.2.</summary>
    [Range(0.1, 1)]
    public double TailPart { get; set; } = 0.2;

    /// <summary>Loss of availability against the baseline that matters, 0 to 1, default 0.05.</summary>
    [Range(0, 1)]
    public double AvailabilityLoss { get; set; } = 0.05;

    /// <summary>Judgments in a row before a region is flagged, 1 to 100, default 2.</summary>
    [Range(1, 100)]
    public int ToEnter { get; set; } = 2;

    /// <summary>Healthy judgments in a row before it is not, 1 to 100, default 3.</summary>
    [Range(1, 100)]
    public int ToLeave { get; set; } = 3;

    /// <summary>
    /// Agents whose runs must tell of a region lately, or it is unknown whatever they say, 1 to 10, default 1. A check runs by one agent of each location: with 2, regions of a single location stay unknown.
    /// </summary>
    [Range(1, 10)]
    public int QuorumAgents { get; set; } = 1;

    /// <summary>What is asked for a part of the runs to go on being flagged: half of the part, with less to be sure.</summary>
    internal DetectorOptions Loose()
    {
        var other = With(Math.Min(0.05, 100 * Significance));
        (other.TailPart, other.AvailabilityLoss) = (TailPart / 2, AvailabilityLoss / 2);
        return other;
    }

    /// <summary>The same with another significance.</summary>
    internal DetectorOptions With(double significance)
    {
        var other = (DetectorOptions)MemberwiseClone();
        other.Significance = significance;
        return other;
    }
}

[OptionsValidator]
internal sealed partial class DetectorOptionsValidator : IValidateOptions<DetectorOptions>;
