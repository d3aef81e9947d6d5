namespace Probes.Orchestrator.Detection;

/// <summary>The latest verdicts and the incidents they made.</summary>
public interface IVerdicts
{
    /// <summary>Latest verdict; one of level Unknown when nothing was judged yet.</summary>
    Verdict Of(string check, string region);

    IReadOnlyList<Verdict> All();

    /// <summary>Newest first. <paramref name="open"/>: only open ones, only closed ones, or null for both. <paramref name="project"/>: of its checks only, or null for all.</summary>
    Task<IReadOnlyList<Incident>> IncidentsAsync(bool? open, string? check, int limit, CancellationToken ct, string? project = null);
}

/// <summary>A degradation or outage of one check in one region, from its start to its end.</summary>
public sealed record Incident(
    long Id, string Check, string Region, Level Level, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string Summary, Evidence Evidence);
