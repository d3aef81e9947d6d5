using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>What of the audit log is asked for. Null: any. Action and target match by their beginning, the actor by its whole name.</summary>
internal sealed record AuditFilter(string? Actor, string? Action, string? Target, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>Entries, newest first, and where the next page starts; null at the end.</summary>
internal sealed record AuditPage(IReadOnlyList<AuditEntity> Items, long? Cursor);

/// <summary>Reads the audit log; removes what is older than its retention.</summary>
internal sealed class AuditLog(IDbContextFactory<ProbesContext> contexts)
{
    internal const int LongestFilter = 256;

    /// <param name="project">Only what concerns it; null: all.</param>
    /// <param name="before">Only entries with a smaller id; null: from the newest.</param>
    /// <param name="limit">1 to 500.</param>
    internal async Task<AuditPage> ReadAsync(AuditFilter filter, string? project, long? before, int limit, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var query = db.Set<AuditEntity>().AsNoTracking();
        query = project is null ? query : query.Where(a => a.Project == project);
        query = before is null ? query : query.Where(a => a.Id < before);
        query = filter.Actor is null ? query : query.Where(a => a.Actor == filter.Actor);
        query = filter.Action is null ? query : query.Where(a => a.Action.StartsWith(filter.Action));
        query = filter.Target is null ? query : query.Where(a => a.Target.StartsWith(filter.Target));
        query = filter.From is null ? query : query.Where(a => a.At >= filter.From);
        query = filter.To is null ? query : query.Where(a => a.At < filter.To);
        var items = await query.OrderByDescending(a => a.Id).Take(limit + 1).ToListAsync(ct);
        return items.Count > limit ? new AuditPage(items[..limit], items[limit - 1].Id) : new AuditPage(items, null);
    }

    /// <returns>How many entries were removed.</returns>
    internal async Task<int> ExpireAsync(DateTimeOffset olderThan, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Set<AuditEntity>().Where(a => a.At < olderThan).ExecuteDeleteAsync(ct);
    }
}
