namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>Incidents, as the caller may see them.</summary>
public interface IIncidents
{
    /// <summary>Newest first, without those that were merged into others.</summary>
    /// <param name="query">Which.</param>
    /// <param name="ct">Ends the waiting.</param>
    Task<IReadOnlyList<Incident>> ListAsync(IncidentQuery query, CancellationToken ct);

    /// <summary>Null when there is none, or none that the caller sees.</summary>
    Task<IncidentStory?> FindAsync(long id, CancellationToken ct);
}

/// <param name="Open">Only open ones, only ended ones, or null: both.</param>
/// <param name="Check">That touched this check; null: any.</param>
/// <param name="Region">That touched this region; null: any.</param>
/// <param name="Project">Of one project; null: all.</param>
/// <param name="From">Not ended before; null: whenever.</param>
/// <param name="To">Begun before; null: whenever.</param>
/// <param name="Finding">That people found to be this, such as "confirmed"; null: whatever they found.</param>
public sealed record IncidentQuery(bool? Open = null, string? Check = null, string? Region = null, string? Project = null, DateTimeOffset? From = null, DateTimeOffset? To = null, int Limit = 100, string? Finding = null);
