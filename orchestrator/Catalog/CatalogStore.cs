using System.Collections.Immutable;
using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Catalog;

/// <summary>Catalog entities in and out of the store.</summary>
internal sealed class CatalogStore(IDbContextFactory<ProbesContext> contexts, TimeProvider clock, ILogger<CatalogStore> log)
{
    private const int Attempts = 3;

    /// <summary>SQLSTATE of a unique key that another has taken.</summary>
    private const string TakenAlready = "23505";

    /// <summary>Everything as stored now. What has not changed keeps its object; when nothing has, <paramref name="before"/> itself comes back.</summary>
    internal async Task<CatalogSnapshot> ReadAsync(CatalogSnapshot before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var checks = new List<CatalogCheck>();
        await foreach (var entity in db.Set<CheckEntity>().AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            if (Read(entity, before) is { } check)
            {
                checks.Add(check);
            }
        }

        var locations = new List<Location>();
        await foreach (var entity in db.Set<LocationEntity>().AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            if (entity.DeletedAt is null && Read(entity, before) is { } location)
            {
                locations.Add(location);
            }
        }

        var agents = new List<CatalogAgent>();
        await foreach (var a in db.Set<AgentEntity>().AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            var agent = new CatalogAgent(a.Id, a.PublicId, a.Name, a.Location, a.Disabled || a.DeletedAt is not null, a.EnrolledAt)
            {
                Drained = a.Drained,
                Deleted = a.DeletedAt is not null,
            };
            agents.Add(before.AgentsById.TryGetValue(a.Id, out var known) && known == agent ? known : agent);
        }

        var projects = await ReadProjectsAsync(db, ct);
        var windows = await MaintenanceRows.ReadAsync(db, before, log, ct);
        return IsSame(before, checks, locations, agents) && ReferenceEquals(before.Windows, windows) && before.Projects.Values.SequenceEqual(projects.Values)
            ? before
            : Snapshot(checks, locations, agents) with { Projects = projects, Windows = windows };
    }

    private static async Task<ImmutableSortedDictionary<string, Project>> ReadProjectsAsync(ProbesContext db, CancellationToken ct)
    {
        var projects = CatalogSnapshot.Empty.Projects.ToBuilder();
        await foreach (var p in db.Set<ProjectEntity>().AsNoTracking().AsAsyncEnumerable().WithCancellation(ct))
        {
            projects[p.Name] = new Project(p.Name, p.Description, p.CreatedAt);
        }

        return projects.ToImmutable();
    }

    /// <summary>Names of secrets by project.</summary>
    internal async Task<ILookup<string, string>> ReadSecretNamesAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var names = await db.Set<SecretEntity>().AsNoTracking().Select(s => new { s.Project, s.Name }).ToListAsync(ct);
        return names.ToLookup(s => s.Project, s => s.Name, StringComparer.Ordinal);
    }

    /// <summary>All of it or nothing. Another replica that writes in the same moment makes one of the two start over.</summary>
    internal async Task WriteAsync(ApplyPlan plan, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryWriteAsync(plan, ct);
                return;
            }
            catch (Exception fault) when (attempt < Attempts && fault is DbUpdateException or DbException { IsTransient: true } or DbException { SqlState: TakenAlready })
            {
                Log.WriteAgain(log, fault.Message);
            }
        }
    }

    private async Task TryWriteAsync(ApplyPlan plan, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, ct);
        foreach (var (name, document) in plan.Locations)
        {
            var entity = await db.Set<LocationEntity>().SingleOrDefaultAsync(l => l.Name == name, ct);
            entity ??= db.Add(new LocationEntity { Name = name, Document = document }).Entity;
            entity.Document = document;
            entity.Revision++;
            entity.UpdatedAt = now;
            entity.DeletedAt = null;
        }

        foreach (var (name, document) in plan.Checks)
        {
            var entity = await db.Set<CheckEntity>().SingleOrDefaultAsync(c => c.Name == name, ct);
            entity ??= db.Add(new CheckEntity { Name = name, Document = document }).Entity;
            entity.ProbedSince = ProbesTheSame(name, entity.Document, document) ? entity.ProbedSince : now;
            entity.Document = document;
            entity.Revision++;
            entity.UpdatedAt = now;
            entity.DeletedAt = null;
        }

        await db.SaveChangesAsync(ct);
        await MaintenanceRows.WriteAsync(db, plan.Windows, now, ct);
        await transaction.CommitAsync(ct);
    }

    // By their documents: those of earlier versions are read as they are today.
    private static bool ProbesTheSame(string name, string before, string after) =>
        CheckDocuments.Read(before, name).Checks is [var one] && CheckDocuments.Read(after, name).Checks is [var other]
        && CheckDocuments.Write(one with { Probe = other.Probe }) == CheckDocuments.Write(one);

    internal async Task<bool> DeleteWindowAsync(string name, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await MaintenanceRows.DeleteAsync(db, name, clock.GetUtcNow(), ct);
    }

    internal async Task<bool> DeleteCheckAsync(string name, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var entity = await db.Set<CheckEntity>().SingleOrDefaultAsync(c => c.Name == name && c.DeletedAt == null, ct);
        if (entity is null)
        {
            return false;
        }

        entity.DeletedAt = entity.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        return true;
    }

    private CatalogCheck? Read(CheckEntity entity, CatalogSnapshot before)
    {
        var deleted = entity.DeletedAt is not null;
        if (before.ChecksById.TryGetValue(entity.Id, out var known) && known.Check.Revision == entity.Revision && known.Deleted == deleted)
        {
            return known;
        }

        var read = CheckDocuments.Read(entity.Document, $"check/{entity.Name}");
        if (read.Checks.Count == 1 && read.Errors.Count == 0)
        {
            return new CatalogCheck(entity.Id, read.Checks[0] with { Revision = entity.Revision }, entity.UpdatedAt, deleted) { ProbedSince = entity.ProbedSince };
        }

        // One unreadable row, such as of a newer version, must not take the others away.
        Log.Unreadable(log, "check", entity.Name, string.Join("; ", read.Errors));
        return null;
    }

    private Location? Read(LocationEntity entity, CatalogSnapshot before)
    {
        if (before.Locations.TryGetValue(entity.Name, out var known) && CheckDocuments.Write(known) == entity.Document)
        {
            return known;
        }

        var read = CheckDocuments.Read(entity.Document, $"location/{entity.Name}");
        if (read.Locations.Count == 1 && read.Errors.Count == 0)
        {
            return read.Locations[0];
        }

        Log.Unreadable(log, "location", entity.Name, string.Join("; ", read.Errors));
        return null;
    }

    private static bool IsSame(CatalogSnapshot before, List<CatalogCheck> checks, List<Location> locations, List<CatalogAgent> agents) =>
        !ReferenceEquals(before, CatalogSnapshot.Empty)
        && checks.Count == before.ChecksById.Count && checks.TrueForAll(c => ReferenceEquals(before.ChecksById.GetValueOrDefault(c.Id), c))
        && locations.Count == before.Locations.Count && locations.TrueForAll(l => ReferenceEquals(before.Locations.GetValueOrDefault(l.Name), l))
        && agents.Count == before.AgentsById.Count && agents.TrueForAll(a => ReferenceEquals(before.AgentsById.GetValueOrDefault(a.Id), a));

    private static CatalogSnapshot Snapshot(List<CatalogCheck> checks, List<Location> locations, List<CatalogAgent> agents)
    {
        var live = checks.Where(c => !c.Deleted).ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal);
        return new CatalogSnapshot
        {
            Checks = live,
            ChecksById = checks.ToImmutableDictionary(c => c.Id),
            ChecksEver = checks.GroupBy(c => c.Check.Name).ToImmutableDictionary(g => g.Key, g => g.OrderBy(c => c.Deleted).ThenByDescending(c => c.Id).First()),
            Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
            AgentsById = agents.ToImmutableDictionary(a => a.Id),
            AgentsByPublicId = agents.ToImmutableDictionary(a => a.PublicId),
        };
    }
}
