using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Detection;

/// <summary>Incidents as stored: opened, kept up to date and closed by verdicts.</summary>
internal sealed class IncidentBook(IDbContextFactory<ProbesContext> contexts, EventHub events, TimeProvider time, ILogger<IncidentBook> logger)
{
    /// <summary>While a level stays, the evidence is written no more often.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Those that are open, and those that ended after <paramref name="since"/>.</summary>
    public async Task<IReadOnlyList<Incident>> RecentAsync(DateTimeOffset since, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Incidents.AsNoTracking().Where(i => i.EndedAt == null || i.EndedAt > since).OrderBy(i => i.Id).Take(10_000).ToListAsync(ct);
        return [.. rows.Select(Read)];
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Incident>> ReadAsync(bool? open, string? check, string? project, int limit, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var (unqualified, prefix) = (project == QualifiedName.DefaultProject, project + "/");
        var rows = await db.Incidents.AsNoTracking()
            .Where(i => project == null || (unqualified ? !EF.Functions.Like(i.Check, "%/%") : i.Check.StartsWith(prefix)))
            .Where(i => open == null || (i.EndedAt == null) == open)
            .Where(i => check == null || i.Check == check)
            .OrderByDescending(i => i.Id).Take(limit).ToListAsync(ct);
        return [.. rows.Select(Read)];
    }

    public async Task RecordAsync(IReadOnlyList<Verdict> judged, ILeadership leadership, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await leadership.BeginAsync(db, ct);
        var open = await db.Incidents.Where(i => i.EndedAt == null).ToListAsync(ct);
        var byRegion = judged.ToDictionary(v => (v.Check, v.Region));
        var now = time.GetUtcNow();
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var incident in open)
        {
            var verdict = byRegion.GetValueOrDefault((incident.Check, incident.Region));
            if (Update(incident, verdict, now))
            {
                changed.Add(incident.Check);
            }
        }

        foreach (var verdict in judged.Where(v => v.Level is Level.Degraded or Level.Down && v.Maintenance is null && !open.Any(i => i.Check == v.Check && i.Region == v.Region)))
        {
            db.Incidents.Add(new IncidentEntity
            {
                Check = verdict.Check,
                Region = verdict.Region,
                Level = Word(verdict.Level),
                StartedAt = verdict.Since,
                Summary = verdict.Sentence,
                Evidence = JsonSerializer.Serialize(verdict.Evidence, Json),
                UpdatedAt = now,
            });
            changed.Add(verdict.Check);
            Log.IncidentOpened(logger, verdict.Check, verdict.Region, verdict.Sentence);
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        foreach (var check in changed)
        {
            events.Publish(new LiveEvent("incident", check));
        }
    }

    // True when people should hear of it: closed, or worse than before; in maintenance it was expected to be.
    private bool Update(IncidentEntity incident, Verdict? verdict, DateTimeOffset now)
    {
        if (verdict is null or { Level: Level.Healthy })
        {
            incident.EndedAt = verdict?.Since ?? now;
            incident.UpdatedAt = now;
            Log.IncidentClosed(logger, incident.Check, incident.Region);
            return true;
        }

        var worse = verdict.Level == Level.Down && incident.Level != Word(Level.Down);
        if (worse || (verdict.Level is Level.Degraded or Level.Down && verdict.Evidence.Runs > 0 && now - incident.UpdatedAt >= Refresh))
        {
            incident.Level = worse ? Word(verdict.Level) : incident.Level;
            incident.Summary = verdict.Sentence;
            incident.Evidence = JsonSerializer.Serialize(verdict.Evidence, Json);
            incident.UpdatedAt = now;
        }

        return worse && verdict.Maintenance is null;
    }

    private static Incident Read(IncidentEntity row) => new(
        row.Id, row.Check, row.Region, row.Level == Word(Level.Down) ? Level.Down : Level.Degraded, row.StartedAt, row.EndedAt, row.Summary,
        JsonSerializer.Deserialize<Evidence>(row.Evidence, Json) ?? new Evidence());

    private static string Word(Level level) => level == Level.Down ? "down" : "degraded";
}
