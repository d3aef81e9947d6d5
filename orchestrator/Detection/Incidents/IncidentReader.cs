using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>Incidents of all projects, as stored.</summary>
internal sealed class IncidentReader(IDbContextFactory<ProbesContext> contexts) : IIncidents
{
    /// <summary>Of a timeline, the latest.</summary>
    private const int MostEvents = 1000;

    public async Task<IReadOnlyList<Incident>> ListAsync(IncidentQuery query, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Incidents.AsNoTracking()
            .Where(i => i.MergedInto == null && (query.Project == null || i.Project == query.Project) && (query.Open == null || (i.EndedAt == null) == query.Open))
            .Where(i => (query.From == null || i.EndedAt == null || i.EndedAt >= query.From) && (query.To == null || i.StartedAt < query.To))
            .Where(i => query.Finding == null || i.Finding == query.Finding)
            .Where(i => query.Check == null || db.Impacts.Any(m => m.IncidentId == i.Id && m.Check == query.Check))
            .Where(i => query.Region == null || db.Impacts.Any(m => m.IncidentId == i.Id && m.Region == query.Region))
            .OrderByDescending(i => i.Id).Take(query.Limit).ToListAsync(ct);
        var ids = rows.Select(i => i.Id).ToList();
        var impacts = (await db.Impacts.AsNoTracking().Where(m => ids.Contains(m.IncidentId)).ToListAsync(ct)).ToLookup(m => m.IncidentId);
        return [.. rows.Select(r => IncidentRows.Read(r, impacts[r.Id]))];
    }

    public async Task<IncidentStory?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await db.Incidents.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) is not { } row)
        {
            return null;
        }

        var impacts = await db.Impacts.AsNoTracking().Where(m => m.IncidentId == id).ToListAsync(ct);
        var events = await db.IncidentEvents.AsNoTracking().Where(e => e.IncidentId == id).OrderByDescending(e => e.Id).Take(MostEvents).ToListAsync(ct);
        return new IncidentStory(IncidentRows.Read(row, impacts), [.. events.AsEnumerable().Reverse().Select(e => new IncidentEvent(e.At, e.Kind, e.Actor, e.Text))]);
    }

    /// <summary>Removes incidents that ended before a moment, with all that is told of them. Returns how many rows went.</summary>
    public async Task<long> ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var old = db.Incidents.Where(i => i.EndedAt < before).Select(i => i.Id);
        var rows = await db.IncidentEvents.Where(e => old.Contains(e.IncidentId)).ExecuteDeleteAsync(ct) + await db.Impacts.Where(m => old.Contains(m.IncidentId)).ExecuteDeleteAsync(ct);
        return rows + await db.Incidents.Where(i => i.EndedAt < before).ExecuteDeleteAsync(ct);
    }

    /// <summary>Parts of incidents that are open, or ended after <paramref name="since"/> and are not what people said was nothing.</summary>
    public async Task<IReadOnlyList<Impact>> RecentAsync(DateTimeOffset since, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Impacts.AsNoTracking()
            .Where(i => i.EndedAt == null || (i.EndedAt > since && !db.Incidents.Any(d => d.Id == i.IncidentId && d.Finding == "dismissed"))).OrderBy(i => i.Id).Take(100_000).ToListAsync(ct);
        return [.. rows.Select(IncidentRows.Read)];
    }
}
