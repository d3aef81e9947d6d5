namespace Probes.Orchestrator.Adherence;

/// <summary>How far one check ran when it should have, measured from outside its agents. All times are whole minutes.</summary>
/// <param name="SettledTo">From here on results may still be on the way; what lacks is pending, not missed.</param>
/// <param name="StepSeconds">0 when no steps were asked for.</param>
public sealed record AdherenceReport(
    string Check, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, int StepSeconds, IReadOnlyList<RegionAdherence> Regions)
{
    /// <summary>The same runs by what they say of the target.</summary>
    public required AvailabilityReport Availability { get; init; }
}

/// <param name="Silent">Runs were due and none was made: nothing is known of the region, whatever was known before.</param>
/// <param name="Reason">Why runs lack, as far as it can be told now; empty when none do.</param>
public sealed record RegionAdherence(
    string Region, IReadOnlyList<string> Locations, RunTally Tally, bool Silent, string Reason, string Sentence, IReadOnlyList<StepAdherence> Steps);

public sealed record StepAdherence(DateTimeOffset At, RunTally Tally);

/// <summary>What pages and the API ask of schedules.</summary>
public interface IAdherenceQueries
{
    /// <summary>Null when there is no such check. Minutes under way, and those to come, are left out.</summary>
    /// <param name="step">Whole minutes; null: the whole span only. At most 2,000 steps.</param>
    Task<AdherenceReport?> OfCheckAsync(string check, DateTimeOffset from, DateTimeOffset to, TimeSpan? step, CancellationToken ct);
}
