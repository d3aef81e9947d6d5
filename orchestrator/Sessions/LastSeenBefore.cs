using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Sessions;

/// <summary>What the store says of agents that have no session here: since before the restart, or at another replica. Read every 15 s.</summary>
internal sealed class LastSeenBefore(IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock, ILogger<LastSeenBefore> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private volatile ImmutableDictionary<int, (DateTimeOffset? Seen, string Version)> _agents = ImmutableDictionary<int, (DateTimeOffset?, string)>.Empty;

    internal (DateTimeOffset? Seen, string Version) Of(int agentId) => _agents.TryGetValue(agentId, out var known) ? known : (null, "");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync(stoppingToken);
                var rows = await db.Set<AgentEntity>().AsNoTracking().Select(a => new { a.Id, a.LastSeenAt, a.Version }).ToListAsync(stoppingToken);
                _agents = rows.ToImmutableDictionary(r => r.Id, r => (r.LastSeenAt, r.Version));
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.LastSeenNotRead(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
