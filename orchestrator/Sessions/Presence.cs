using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Sessions;

/// <summary>What the store says of agents that have no session here: at another replica, or since before a restart.</summary>
internal sealed class Presence(
    IDbContextFactory<ProbesContext> contexts, StoreReady store, StoreTarget target, IOptions<SessionOptions> options,
    TimeProvider clock, ILogger<Presence> log) : BackgroundService
{
    // Replicas share PostgreSQL only, and there each writes as often as this.
    internal static readonly TimeSpan SharedEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AloneEvery = TimeSpan.FromSeconds(30);

    private volatile ImmutableDictionary<int, (DateTimeOffset? Seen, string Version)> _agents = ImmutableDictionary<int, (DateTimeOffset?, string)>.Empty;

    internal bool IsShared => target.Engine == StoreEngine.Postgres;

    internal TimeSpan Every => IsShared ? SharedEvery : AloneEvery;

    internal (DateTimeOffset? Seen, string Version) Of(int agentId) => _agents.TryGetValue(agentId, out var known) ? known : (null, "");

    /// <summary>Whether another replica has heard of it lately, and later than this one.</summary>
    internal bool IsElsewhere(CatalogAgent agent, AgentSlot? here)
    {
        if (!IsShared || agent.Disabled || Of(agent.Id).Seen is not { } seen)
        {
            return false;
        }

        // What we wrote ourselves is never later than what we heard.
        return (here?.LastSeenAt is not { } own || seen > own) && clock.GetUtcNow() - seen < (options.Value.Heartbeat * 3) + SharedEvery;
    }

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
