using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Projects;

/// <summary>What became of a project.</summary>
internal enum ProjectOutcome
{
    Done,

    /// <summary>It is as it was wanted already.</summary>
    Unchanged,

    /// <summary>There is no such project. Nothing to do.</summary>
    Unknown,

    /// <summary>It has checks, locations, agents, keys, users or secrets. Delete those first.</summary>
    InUse,

    /// <summary>Project default is always there.</summary>
    Kept,
}

/// <summary>Makes and deletes projects.</summary>
internal sealed class ProjectBook(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, Audit audit, TimeProvider clock)
{
    internal const int LongestDescription = 1000;

    private const int NamesShown = 20;

    /// <param name="caller">Who does it.</param>
    /// <param name="name">An RFC 1123 label.</param>
    /// <param name="description">At most <see cref="LongestDescription"/> characters.</param>
    /// <param name="ct">Ends the waiting.</param>
    internal async Task<ProjectOutcome> PutAsync(Caller caller, string name, string description, CancellationToken ct)
    {
        string? before;
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            var entity = await db.Set<ProjectEntity>().SingleOrDefaultAsync(p => p.Name == name, ct);
            before = entity?.Description;
            if (before == description)
            {
                return ProjectOutcome.Unchanged;
            }

            entity ??= db.Add(new ProjectEntity { Name = name, CreatedAt = clock.GetUtcNow() }).Entity;
            entity.Description = description;
            await db.SaveChangesAsync(ct);
        }

        await catalog.RefreshAsync(ct);
        await audit.WriteAsync(caller, before is null ? "project.create" : "project.change", $"project/{name}", before, description, ct, name);
        return ProjectOutcome.Done;
    }

    /// <returns>The outcome, and what is in the way: at most 20 of its things, then that there are more.</returns>
    internal async Task<(ProjectOutcome Outcome, IReadOnlyList<string> Uses)> DeleteAsync(Caller caller, string name, CancellationToken ct)
    {
        if (name == QualifiedName.DefaultProject)
        {
            return (ProjectOutcome.Kept, []);
        }

        await catalog.RefreshAsync(ct);
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await db.Set<ProjectEntity>().SingleOrDefaultAsync(p => p.Name == name, ct) is not { } entity)
        {
            return (ProjectOutcome.Unknown, []);
        }

        if (await UsesAsync(db, name, ct) is { Count: > 0 } uses)
        {
            return (ProjectOutcome.InUse, uses.Count <= NamesShown ? uses : [.. uses.Take(NamesShown), $"and {uses.Count - NamesShown} more"]);
        }

        db.Remove(entity);
        await db.SaveChangesAsync(ct);
        await catalog.RefreshAsync(ct);
        await audit.WriteAsync(caller, "project.delete", $"project/{name}", entity.Description, null, ct, name);
        return (ProjectOutcome.Done, []);
    }

    private async Task<List<string>> UsesAsync(ProbesContext db, string name, CancellationToken ct)
    {
        var mine = ProjectView.Of(catalog.Current, name);
        var keys = await db.Set<ApiKeyEntity>().AsNoTracking().Where(k => k.Project == name && k.RevokedAt == null).Select(k => k.Name).ToListAsync(ct);
        var users = await db.Set<UserEntity>().AsNoTracking().Where(u => u.Project == name && u.DisabledAt == null).Select(u => u.Name).ToListAsync(ct);
        var secrets = await db.Set<SecretEntity>().AsNoTracking().Where(s => s.Project == name).Select(s => s.Name).ToListAsync(ct);
        return
        [
            .. mine.Checks.Keys.Select(c => $"check/{c}"),
            .. mine.Locations.Keys.Where(l => QualifiedName.ProjectOf(l) == name).Select(l => $"location/{l}"),
            .. mine.Windows.Keys.Select(w => $"maintenance/{w}"),
            .. mine.AgentsByPublicId.Values.Where(a => !a.Deleted).Select(a => $"agent/{a.Name}").Order(StringComparer.Ordinal),
            .. keys.Select(k => $"key/{k}"),
            .. users.Select(u => $"user/{u}"),
            .. secrets.Select(s => $"secret/{s}"),
        ];
    }
}
