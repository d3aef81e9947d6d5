using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Sessions;

/// <summary>Writes when agents were last seen, for pages and for after a restart: at most every 30 s, the connected ones in one statement.</summary>
internal sealed class LastSeen(SessionHub hub, IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock, ILogger<LastSeen> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    // Parameters of one statement: well below what either engine takes.
    private const int AtOnce = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
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
        var now = clock.GetUtcNow();
        var changed = hub.Slots.Select(s => (Slot: s, Seen: s.LastSeenAt)).Where(s => s.Seen is not null && s.Seen != s.Slot.Written).ToList();
        await using var db = await contexts.CreateDbContextAsync(ct);
        foreach (var group in changed.Where(s => s.Slot.Session is not null).GroupBy(s => s.Slot.Version))
        {
            foreach (var some in group.Chunk(AtOnce))
            {
                var ids = some.Select(s => s.Slot.Id).ToArray();
                await db.Set<AgentEntity>().Where(a => ids.Contains(a.Id))
                    .ExecuteUpdateAsync(a => a.SetProperty(x => x.LastSeenAt, now).SetProperty(x => x.Version, group.Key), ct);
            }
        }

        foreach (var (slot, seen) in changed.Where(s => s.Slot.Session is null))
        {
            await db.Set<AgentEntity>().Where(a => a.Id == slot.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.LastSeenAt, seen), ct);
        }

        changed.ForEach(s => s.Slot.Written = s.Seen);
    }
}
