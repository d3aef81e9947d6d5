using System.Text.Json;
using System.Text.Json.Serialization;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>Incidents to and from their rows.</summary>
internal static class IncidentRows
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Incident Read(IncidentEntity row, IEnumerable<ImpactEntity> impacts)
    {
        var cause = CauseOf(row);
        return new Incident
        {
            Id = row.Id,
            Project = row.Project,
            Level = Level(row.Level),
            Cause = cause,
            Title = Titles.Of(cause),
            StartedAt = row.StartedAt,
            EndedAt = row.EndedAt,
            AcknowledgedBy = row.AcknowledgedBy,
            AcknowledgedAt = row.AcknowledgedAt,
            SilencedUntil = row.SilencedUntil,
            Finding = row.Finding,
            MergedInto = row.MergedInto,
            Impacts = [.. impacts.Select(Read).OrderByDescending(i => i.Level).ThenBy(i => i.StartedAt).ThenBy(i => i.Check, StringComparer.Ordinal)],
        };
    }

    public static Impact Read(ImpactEntity row) => new(row.Check, row.Region, Level(row.Level), row.StartedAt, row.EndedAt, row.Summary,
        JsonSerializer.Deserialize<Evidence>(row.Evidence, Json) ?? new Evidence());

    public static Cause CauseOf(IncidentEntity row) => new(
        Enum.TryParse<Culprit>(row.Culprit, ignoreCase: true, out var culprit) ? culprit : Culprit.Route, row.Target, row.Region, row.Agent,
        Enum.TryParse<Phase>(row.Phase, ignoreCase: true, out var phase) ? phase : null, row.Worse, row.Well, row.Summary);

    public static void Write(IncidentEntity row, Cause cause)
    {
        (row.Culprit, row.Target, row.Region, row.Agent) = (cause.Culprit.ToString().ToLowerInvariant(), cause.Target, cause.Region, cause.Agent);
        (row.Phase, row.Worse, row.Well, row.Summary) = (cause.Phase?.ToString().ToLowerInvariant(), cause.Worse, cause.Well, cause.Words);
    }

    public static void Write(ImpactEntity row, Verdict verdict, DateTimeOffset now)
    {
        (row.Summary, row.UpdatedAt) = (verdict.Sentence, now);
        row.Evidence = JsonSerializer.Serialize(verdict.Evidence, Json);
    }

    public static Level Level(string word) => word == Word(Detection.Level.Down) ? Detection.Level.Down : Detection.Level.Degraded;

    public static string Word(Level level) => level == Detection.Level.Down ? "down" : "degraded";
}
