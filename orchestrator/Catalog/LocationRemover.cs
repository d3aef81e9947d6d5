using System.Data;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Catalog;

/// <summary>Deletes locations that nothing uses. Tokens that were made for one end with it; its name and history stay.</summary>
internal sealed class LocationRemover(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, Audit audit, TimeProvider clock)
{
    private const int NamesShown = 20;

    /// <returns>Null when there is no such location; else what is in the way, and when that is nothing, it is gone.</returns>
    internal async Task<IReadOnlyList<string>?> DeleteAsync(Caller caller, string name, CancellationToken ct)
    {
        await catalog.RefreshAsync(ct);
        if (!catalog.Current.Locations.TryGetValue(name, out var location))
        {
            return null;
        }

        if (Uses(catalog.Current, name) is { Count: > 0 } uses)
        {
            return uses.Count <= NamesShown ? uses : [.. uses.Take(NamesShown), $"and {uses.Count - NamesShown} more"];
        }

        var now = clock.GetUtcNow();
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, ct);
            await db.Set<TokenEntity>().Where(t => t.Location == name && t.RevokedAt == null).ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, now), ct);
            await db.Set<LocationEntity>().Where(l => l.Name == name && l.DeletedAt == null)
                .ExecuteUpdateAsync(l => l.SetProperty(x => x.DeletedAt, now).SetProperty(x => x.UpdatedAt, now), ct);
            await transaction.CommitAsync(ct);
        }

        await catalog.RefreshAsync(ct);
        await audit.WriteAsync(caller, "location.delete", $"location/{name}", CheckDocuments.Write(location), null, ct, QualifiedName.ProjectOf(name));
        return [];
    }

    // Of other projects' checks only that there are any: they are not for this project's eyes, and to stop sharing ends them here.
    private static List<string> Uses(CatalogSnapshot all, string name)
    {
        var project = QualifiedName.ProjectOf(name);
        var checks = all.Checks.Values.Where(c => c.Check.Locations.Contains(name) && all.Runs(c.Check, name)).Select(c => c.Check.Name).ToLookup(c => QualifiedName.ProjectOf(c) == project);
        return
        [
            .. checks[true].Select(c => $"check/{c}"),
            .. all.AgentsById.Values.Where(a => a.Location == name && !a.Deleted).Select(a => $"agent/{a.Name}").Order(StringComparer.Ordinal),
            .. checks[false].Take(1).Select(_ => "checks of other projects, as it is shared"),
        ];
    }
}
