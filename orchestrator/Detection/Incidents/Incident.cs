using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>One cause, from the first pair of check and region that it made worse to the end of the last.</summary>
public sealed record Incident
{
    public required long Id { get; init; }

    /// <summary>Of all its checks.</summary>
    public required string Project { get; init; }

    /// <summary>The worst it has been: degraded or down.</summary>
    public required Level Level { get; init; }

    /// <summary>What it is blamed on, as of now; while it is open this may be corrected, and the timeline says so.</summary>
    public required Cause Cause { get; init; }

    /// <summary>The cause in a few words.</summary>
    public required string Title { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who said that somebody is on it; null while nobody has.</summary>
    public string? AcknowledgedBy { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>Nobody is to be told of it until then.</summary>
    public DateTimeOffset? SilencedUntil { get; init; }

    /// <summary>What people found it to be: "confirmed", "dismissed" (a false alarm), or null: nobody has said.</summary>
    public string? Finding { get; init; }

    /// <summary>The incident that it turned out to be a part of; it ended as one of its own then.</summary>
    public long? MergedInto { get; init; }

    /// <summary>By level and start.</summary>
    public required IReadOnlyList<Impact> Impacts { get; init; }
}

/// <summary>One check in one region as a part of an incident.</summary>
/// <param name="Level">The worst it has been.</param>
/// <param name="Summary">The latest verdict that showed it, in words.</param>
/// <param name="Evidence">Its numbers.</param>
public sealed record Impact(string Check, string Region, Level Level, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string Summary, Evidence Evidence);

/// <summary>Something that happened to an incident.</summary>
/// <param name="Kind">"opened", "spread", "worse", "blamed", "merged", "again", "ended"; by people: "acknowledged", "silenced", "note", "finding".</param>
/// <param name="Actor">Who did it; empty: the detector.</param>
public sealed record IncidentEvent(DateTimeOffset At, string Kind, string Actor, string Text);

/// <summary>An incident with what happened to it, oldest first.</summary>
public sealed record IncidentStory(Incident Incident, IReadOnlyList<IncidentEvent> Timeline);

/// <summary>Causes as titles.</summary>
internal static class Titles
{
    public static string Of(Cause cause) => cause.Culprit switch
    {
        Culprit.Target => $"Target {cause.Target}",
        Culprit.Region => cause.Phase == Phase.Dns ? $"Resolver of {cause.Region}" : $"Network of {cause.Region}",
        Culprit.Agent => $"Agent {cause.Agent} in {cause.Region}",
        Culprit.Answer => $"Another answer for {cause.Target} in {cause.Region}",
        Culprit.Everything => "Nearly everything",
        _ => $"Route from {cause.Region} to {cause.Target}",
    };
}
