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

    // Changes that come together are written together.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _wake = new(0, 1);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        hub.AgentsChanged += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // Where there are other replicas, they must know of an agent that came here before they give up the one that left them.
                if (await _wake.WaitAsync(presence.Every, stoppingToken))
                {
                    await Task.Delay(Together, clock, stoppingToken);
                }

                await TryWriteAsync(stoppingToken);
            }
        }
        finally
        {
            hub.AgentsChanged -= Wake;
        }
    }

    private async Task TryWriteAsync(CancellationToken ct)
    {
        try
        {
            await WriteAsync(ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            Log.LastSeenNotWritten(log, fault.Message);
        }
    }

    private void Wake()
    {
        try
        {
            if (presence.IsShared)
            {
                _wake.Release();
            }
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
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
        var engines = hub.Slots.Select(s => (Slot: s, s.Self)).Where(s => s.Self.Engine.Length > 0 && s.Self.Engine != s.Slot.WrittenEngine).ToList();
        foreach (var group in engines.GroupBy(s => s.Self.Engine))
        {
            foreach (var some in group.Chunk(AtOnce))
            {
                await EngineBook.NoteAsync(db, group.Key, [.. some.Select(s => (s.Slot.Id, s.Self.At))], ct);
            }
        }

        engines.ForEach(s => s.Slot.WrittenEngine = s.Self.Engine);
    }
}
