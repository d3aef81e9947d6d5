using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>When what a region is answered counts as another answer than that of others. Section <c>Detection:Answers</c>.</summary>
internal sealed class AnswersOptions
{
    public const string Section = "Detection:Answers";

    /// <summary>Seconds between readings of stored results, 1 to 300, default 15.</summary>
    [Range(1, 300)]
    public int EverySeconds { get; set; } = 15;

    /// <summary>The last so many runs must agree, 3 to 8, default 5.</summary>
    [Range(3, ValueHistory.MostRecent)]
    public int AgreeRuns { get; set; } = 5;

    /// <summary>Minutes of its own past from which a region's normal answers are learnt, 0 to 1,440, default 60; nothing is held against them before.</summary>
    [Range(0, 1440)]
    public double LearnMinutes { get; set; } = 60;

    /// <summary>Minutes that a difference lasts before it flags the region, 0 to 1,440, default 10: what is rolled out reaches all regions sooner or later.</summary>
    [Range(0, 1440)]
    public double LastsMinutes { get; set; } = 10;

    /// <summary>Minutes that old content stays after all others moved on before it flags the region, 0 to 10,080, default 60: caches may keep it for a while.</summary>
    [Range(0, 10_080)]
    public double StaleMinutes { get; set; } = 60;

    /// <summary>And intervals of the check, 3 to 10,000, default 20.</summary>
    [Range(3, 10_000)]
    public int StaleIntervals { get; set; } = 20;

    /// <summary>Whether a difference may flag a region and open an incident, default true; shown it is in any case.</summary>
    public bool Flags { get; set; } = true;
}

[OptionsValidator]
internal sealed partial class AnswersOptionsValidator : IValidateOptions<AnswersOptions>;
