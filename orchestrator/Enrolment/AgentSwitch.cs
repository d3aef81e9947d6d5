using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Shuts an agent out, or lets it in again: its session ends within a second here, and within the catalog's refresh elsewhere.</summary>
internal sealed class AgentSwitch(IDbContextFactory<ProbesContext> contexts, ICatalog catalog)
{
    /// <summary>False when there is no such agent.</summary>
    internal async Task<bool> SetDisabledAsync(string publicId, bool disabled, CancellationToken ct)
    {
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            var found = await db.Set<AgentEntity>().Where(a => a.PublicId == publicId)
                .ExecuteUpdateAsync(a => a.SetProperty(x => x.Disabled, disabled), ct);
            if (found == 0)
            {
                return false;
            }
        }

        await catalog.RefreshAsync(ct);
        return true;
    }
}
