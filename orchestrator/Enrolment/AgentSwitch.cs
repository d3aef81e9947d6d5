using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>What is to be another about an agent; null: as it is.</summary>
/// <param name="Name">Lower case letters, digits and '-', 1 to 63; unique among all agents.</param>
/// <param name="Location">A defined location of the same project.</param>
/// <param name="Drained">Given no checks, for maintenance; its session stays.</param>
/// <param name="Disabled">Shut out: its session ends within a second, at whichever orchestrator it is.</param>
internal sealed record AgentChange(string? Name = null, string? Location = null, bool? Drained = null, bool? Disabled = null);

/// <summary>A change that is not allowed: which field, why, and what is allowed.</summary>
internal sealed class AgentChangeRefusedException(string field, string message, string allowed) : Exception(message)
{
    public string Field { get; } = field;

    public string Allowed { get; } = allowed;
}

/// <summary>The one way to change or delete an agent of those the caller sees; every change is audited, and sessions follow the catalog.</summary>
internal sealed class AgentSwitch(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, ProjectScope scope, Audit audit, TimeProvider clock)
{
    /// <summary>By id, else by name; null when there is none, or it was deleted.</summary>
    internal CatalogAgent? Find(string idOrName) =>
        catalog.Current.AgentsByPublicId.TryGetValue(idOrName, out var byId) && !byId.Deleted ? byId
        : catalog.Current.AgentsById.Values.FirstOrDefault(a => !a.Deleted && a.PublicId.Length > 0 && string.Equals(a.Name, scope.Qualify(idOrName), StringComparison.OrdinalIgnoreCase));

    /// <summary>All of the change or nothing; null when there is no such agent.</summary>
    /// <exception cref="AgentChangeRefusedException">A value is not allowed.</exception>
    internal async Task<CatalogAgent?> ChangeAsync(string idOrName, AgentChange change, Caller caller, CancellationToken ct)
    {
        if (Find(idOrName) is not { } agent)
        {
            return null;
        }

        // Bare names are of the agent's own project.
        var project = QualifiedName.ProjectOf(agent.Location);
        change = change with
        {
            Name = change.Name is null ? null : QualifiedName.Resolve(project, change.Name),
            Location = change.Location is null ? null : QualifiedName.Resolve(project, change.Location),
        };
        CheckLocation(agent, change.Location);
        List<(string Action, string Before, string After)> done = [];
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            if (await db.Set<AgentEntity>().SingleOrDefaultAsync(a => a.Id == agent.Id && a.DeletedAt == null, ct) is not { } entity)
            {
                return null;
            }

            await CheckNameAsync(db, entity, change.Name, ct);
            Set("agent.rename", entity.Name, change.Name, v => entity.Name = v);
            Set("agent.move", entity.Location, change.Location, v => entity.Location = v);
            Set(change.Drained == true ? "agent.drain" : "agent.undrain", entity.Drained, change.Drained, v => entity.Drained = v);
            Set(change.Disabled == true ? "agent.disable" : "agent.enable", entity.Disabled, change.Disabled, v => entity.Disabled = v);
            await db.SaveChangesAsync(ct);
        }

        foreach (var (action, before, after) in done)
        {
            await audit.WriteAsync(caller, action, $"agent/{agent.Name}", before, after, ct, project);
        }

        await catalog.RefreshAsync(ct);
        return catalog.Current.AgentsById.GetValueOrDefault(agent.Id);

        void Set<T>(string action, T before, object? after, Action<T> set)
        {
            if (after is T value && !Equals(before, value))
            {
                set(value);
                done.Add((action, Convert.ToString(before, CultureInfo.InvariantCulture)!, Convert.ToString(value, CultureInfo.InvariantCulture)!));
            }
        }
    }

    /// <summary>False when there is no such agent. Its identity is dead from now on; its history stays readable, and its name taken.</summary>
    internal async Task<bool> DeleteAsync(string idOrName, Caller caller, CancellationToken ct)
    {
        if (Find(idOrName) is not { } agent)
        {
            return false;
        }

        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            var now = clock.GetUtcNow();
            await db.Set<AgentEntity>().Where(a => a.Id == agent.Id && a.DeletedAt == null)
                .ExecuteUpdateAsync(a => a.SetProperty(x => x.DeletedAt, now).SetProperty(x => x.Disabled, true), ct);
        }

        await audit.WriteAsync(caller, "agent.delete", $"agent/{agent.Name}", $"{agent.Name} ({agent.PublicId}) in {agent.Location}", null, ct,
            QualifiedName.ProjectOf(agent.Location));
        await catalog.RefreshAsync(ct);
        return true;
    }

    private void CheckLocation(CatalogAgent agent, string? location)
    {
        if (location is null || location == agent.Location)
        {
            return;
        }

        if (!catalog.Current.Locations.ContainsKey(location))
        {
            var project = QualifiedName.ProjectOf(agent.Location);
            var known = catalog.Current.Locations.Keys.Where(l => QualifiedName.ProjectOf(l) == project).Take(20).ToList();
            throw new AgentChangeRefusedException("location", $"location '{location}' is not defined", known.Count > 0 ? string.Join(", ", known) : "none is defined");
        }

        if (QualifiedName.ProjectOf(location) != QualifiedName.ProjectOf(agent.Location))
        {
            throw new AgentChangeRefusedException("location", $"location '{location}' is another project's", $"a location of project '{QualifiedName.ProjectOf(agent.Location)}'");
        }
    }

    private static async Task CheckNameAsync(ProbesContext db, AgentEntity entity, string? name, CancellationToken ct)
    {
        if (name is null || name == entity.Name)
        {
            return;
        }

        if (QualifiedName.ProjectOf(name) != QualifiedName.ProjectOf(entity.Location) || !AgentNames.IsValid(QualifiedName.BareOf(name)))
        {
            throw new AgentChangeRefusedException("name", "is not a name", AgentNames.Allowed);
        }

        if (await db.Set<AgentEntity>().AnyAsync(a => a.Id != entity.Id && a.Name == name, ct))
        {
            throw new AgentChangeRefusedException("name", $"'{name}' is another agent's, or was a deleted one's", "a name that no agent has or had");
        }
    }
}
