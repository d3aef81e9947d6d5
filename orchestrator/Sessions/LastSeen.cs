using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Sessions;

/// <summary>Writes when agents were last heard here: for other replicas, for pages, and for after a restart. Few statements for many agents.</summary>
internal sealed class LastSeen(
    SessionHub hub, Presence presence, IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock, ILogger<LastSeen> log)
    : BackgroundService
{
    // Parameters of one statement: well below what either engine takes.
    private const int AtOnce = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(presence.Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.LastSeenNotWritten(log, fault.Message);
            }
        }
    }

    internal async Task WriteAsync(CancellationToken ct)
    {
        var changed = hub.Slots.Select(s => (Slot: s, Seen: s.LastSeenAt)).Where(s => s.Seen is not null && s.Seen != s.Slot.Written).ToList();
        await using var db = await contexts.CreateDbContextAsync(ct);
        // One time for many: the earliest of them, so that none is said to have been heard later than it was.
        foreach (var group in changed.GroupBy(s => s.Slot.Version))
        {
            foreach (var some in group.OrderBy(s => s.Seen).Chunk(AtOnce))
            {
                var ids = some.Select(s => s.Slot.Id).ToArray();
                var seen = some[0].Seen;
                await db.Set<AgentEntity>().Where(a => ids.Contains(a.Id))
                    .ExecuteUpdateAsync(a => a.SetProperty(x => x.LastSeenAt, seen).SetProperty(x => x.Version, group.Key), ct);
            }
        }

        changed.ForEach(s => s.Slot.Written = s.Seen);
    }
}
