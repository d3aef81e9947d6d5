using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>Writes incidents: opened, joined, kept up to date and closed by verdicts and what they are blamed on. Only the orchestrator that leads does.</summary>
internal sealed class IncidentBook(IDbContextFactory<ProbesContext> contexts, EventHub events, TimeProvider time, ILogger<IncidentBook> logger, IOptions<IncidentOptions>? options = null)
{
    /// <summary>While nothing changes, evidence is written no more often.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);

    // What flares up again within this time is the same incident.
    private readonly TimeSpan _again = TimeSpan.FromMinutes((options?.Value ?? new IncidentOptions()).AgainMinutes);

    /// <param name="judged">The verdicts of all pairs.</param>
    /// <param name="blamed">Causes of those that are flagged.</param>
    /// <param name="leadership">Fences the writing.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task RecordAsync(IReadOnlyList<Verdict> judged, IReadOnlyList<Blamed> blamed, ILeadership leadership, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await leadership.BeginAsync(db, ct);
        var now = time.GetUtcNow();
        var since = now - _again;
        var round = new IncidentRound(
            now,
            await db.Incidents.Where(i => i.MergedInto == null && (i.EndedAt == null || i.EndedAt > since)).OrderBy(i => i.StartedAt).ThenBy(i => i.Id).ToListAsync(ct),
            await db.Impacts.Where(i => i.EndedAt == null || i.EndedAt > since).ToListAsync(ct));
        var verdicts = judged.ToDictionary(v => (v.Check, v.Region));
        foreach (var impact in round.Impacts.Where(i => i.EndedAt is null))
        {
            Update(round, impact, verdicts.GetValueOrDefault((impact.Check, impact.Region)));
        }

        foreach (var (project, cause, signs) in ByProject(blamed))
        {
            await PutAsync(db, round, project, cause, signs, ct);
        }

        round.Close();
        db.IncidentEvents.AddRange(round.Events);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        round.Events.ForEach(e => Log.IncidentChanged(logger, e.IncidentId, e.Kind, e.Text));
        foreach (var check in round.Told)
        {
            events.Publish(new LiveEvent("incident", check));
        }
    }

    // The most first: what two causes claim is the larger one's.
    private static IEnumerable<(string Project, Cause Cause, List<Sign> Signs)> ByProject(IReadOnlyList<Blamed> blamed) =>
        blamed.SelectMany(b => b.Signs.GroupBy(s => QualifiedName.ProjectOf(s.Verdict.Check)).Select(g => (g.Key, b.Cause, Signs: g.ToList())))
            .OrderByDescending(g => g.Signs.Count).ThenBy(g => g.Key, StringComparer.Ordinal).ThenBy(g => g.Cause.Key, StringComparer.Ordinal);

    private static void Update(IncidentRound round, ImpactEntity impact, Verdict? verdict)
    {
        if (verdict is null or { Level: Level.Healthy })
        {
            impact.EndedAt = verdict?.Since ?? round.Now;
            impact.UpdatedAt = round.Now;
            round.Told.Add(impact.Check);
            return;
        }

        // In maintenance it was expected.
        var worse = verdict is { Level: Level.Down, Maintenance: null } && impact.Level != IncidentRows.Word(Level.Down);
        if (worse)
        {
            impact.Level = IncidentRows.Word(Level.Down);
            round.Worse(impact);
        }

        if (worse || (verdict.Shows && round.Now - impact.UpdatedAt >= Refresh))
        {
            IncidentRows.Write(impact, verdict, round.Now);
        }
    }

    private static async Task PutAsync(ProbesContext db, IncidentRound round, string project, Cause cause, List<Sign> signs, CancellationToken ct)
    {
        var pairs = signs.Select(s => (s.Verdict.Check, s.Verdict.Region)).ToHashSet();
        var there = round.Impacts.Where(i => i.EndedAt is null && pairs.Contains((i.Check, i.Region))).ToList();
        var incident = round.Main(project, cause, there, pairs);
        if (incident is null)
        {
            incident = new IncidentEntity { Project = project, StartedAt = signs.Min(s => s.Verdict.Since), Level = IncidentRows.Word(signs.Max(s => s.Verdict.Level)), UpdatedAt = round.Now };
            IncidentRows.Write(incident, cause);
            db.Incidents.Add(incident);
            // Its number is needed for its parts.
            await db.SaveChangesAsync(ct);
            round.Incidents.Add(incident);
            round.Note(incident, "opened", cause.Words);
        }
        else
        {
            round.Reopen(incident);
            round.Blame(incident, cause, Refresh);
        }

        var parts = there.Select(i => (i.Check, i.Region)).ToHashSet();
        foreach (var verdict in signs.Select(s => s.Verdict).Where(v => !parts.Contains((v.Check, v.Region))))
        {
            var impact = new ImpactEntity
            {
                IncidentId = incident.Id,
                Check = verdict.Check,
                Region = verdict.Region,
                Level = IncidentRows.Word(verdict.Level),
                StartedAt = verdict.Since,
                Summary = "",
                Evidence = "",
                UpdatedAt = round.Now,
            };
            IncidentRows.Write(impact, verdict, round.Now);
            db.Impacts.Add(impact);
            round.Impacts.Add(impact);
            round.Joined(incident, impact);
        }

        foreach (var other in there.Select(i => i.IncidentId).Distinct().Where(id => id != incident.Id).ToList())
        {
            await round.MergeAsync(db, other, incident, pairs, ct);
        }
    }
}
