namespace Probes.Orchestrator.Adherence;

/// <summary>Where a check is to run.</summary>
internal readonly record struct SchedulePlace(int CheckId, string Location);

/// <summary>While a check was to run from a location at one interval. Whole minutes, as rollups are: what began or ended within a minute is not counted in it.</summary>
/// <param name="From">Minute since the Unix epoch.</param>
/// <param name="To">The first minute after it; null: it still is.</param>
internal sealed record SchedulePeriod(SchedulePlace Place, TimeSpan Interval, long From, long? To);
