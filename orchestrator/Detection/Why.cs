using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Detection;

/// <summary>Why one check in one region was flagged or not at a time.</summary>
/// <param name="At">The minute that is explained; its end, or now.</param>
/// <param name="Live">Now, as live detection says; otherwise that time was replayed by the settings of now, judged once a minute.</param>
/// <param name="Since">When the level began.</param>
/// <param name="Suspected">A look has found something, but not yet often enough.</param>
/// <param name="Shows">Whether the latest look shows what is flagged.</param>
/// <param name="Sentence">The verdict's own words.</param>
/// <param name="Summary">The conditions that decided it, in a sentence or two.</param>
/// <param name="Maintenance">Name of the maintenance window that covered it; null: none.</param>
/// <param name="Conditions">All thresholds, with what was held against each.</param>
/// <param name="Phases">Medians then, and in the baseline.</param>
/// <param name="Settings">Those it was judged by, by name.</param>
/// <param name="Incidents">Incidents that cover it.</param>
public sealed record WhyAnswer(
    string Check, string Region, DateTimeOffset At, bool Live, Level Level, DateTimeOffset Since, bool Suspected, bool Shows, string Sentence, string Summary, string? Maintenance,
    Evidence Evidence, IReadOnlyList<Condition> Conditions, IReadOnlyList<PhaseShift> Phases, IReadOnlyDictionary<string, double> Settings, IReadOnlyList<WhyIncident> Incidents);

/// <summary>Median of passed runs, milliseconds; null where there are none.</summary>
public sealed record PhaseShift(Phase Phase, double? NowMs, double? BaselineMs);

/// <param name="Finding">"confirmed", "dismissed", or null: nobody has said.</param>
public sealed record WhyIncident(long Id, string Title, Level Level, string? Finding);
