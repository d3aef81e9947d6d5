using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Sessions;

/// <summary>What the store says of agents that have no session here: at another replica, or since before a restart.</summary>
internal sealed class Presence(
    IDbContextFactory<ProbesContext> contexts, StoreReady store, SharedSessions shared, IOptions<SessionOptions> options,
    TimeProvider clock, ILogger<Presence> log) : BackgroundService
{
    // Replicas share PostgreSQL only, and there each writes as often as this.
    internal static readonly TimeSpan SharedEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AloneEvery = TimeSpan.FromSeconds(30);

    private volatile ImmutableDictionary<int, (DateTimeOffset? Seen, string Version)> _agents = ImmutableDictionary<int, (DateTimeOffset?, string)>.Empty;

    // An agent that lost us comes back within its longest back-off, and a little more.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(90);

    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private DateTimeOffset? _newest;
    private volatile bool _loaded;
    private volatile ImmutableDictionary<int, SharedSession> _sessions = ImmutableDictionary<int, SharedSession>.Empty;
    private long _sessionsAt;

    /// <summary>Whether the store has been read.</summary>
    internal bool IsLoaded => _loaded;

    /// <summary>
    /// After a start, agents that were heard about as late as any other was are taken for alive until they had time to come back: they run what they
    /// were told before, and the first of them to connect must not be given the checks of the others.
    /// </summary>
    internal bool IsExpected(CatalogAgent agent) => clock.GetUtcNow() - _startedAt < WarmUp && !IsJudgedElsewhere(agent)
        && Of(agent.Id).Seen is { } seen && _newest is { } newest && newest - seen < Together;

    internal bool IsShared => shared.IsShared;

    internal TimeSpan Every => IsShared ? SharedEvery : AloneEvery;

    internal (DateTimeOffset? Seen, string Version) Of(int agentId) => _agents.TryGetValue(agentId, out var known) ? known : (null, "");

    /// <summary>Whether another replica has a session with it, or had until a moment ago.</summary>
    internal bool IsElsewhere(CatalogAgent agent, AgentSlot? here) => Elsewhere(agent, here) is not null;

    /// <summary>Its session at another replica; null when it has none there, or has begun one here since.</summary>
    internal SharedSession? Elsewhere(CatalogAgent agent, AgentSlot? here)
    {
        if (!IsShared || agent.Disabled || !_sessions.TryGetValue(agent.Id, out var session) || session.Replica == shared.Self
            || (here?.Session is { } own && (session.Left is not null || !ReferenceEquals(own, here.Shared))))
        {
            return null;
        }

        var since = clock.GetElapsedTime(Interlocked.Read(ref _sessionsAt));
        return session.Left is { } left ? (left + since < options.Value.Grace ? session : null)
            : session.Silence is { } silence && silence + since < SharedSessions.DeadAfter ? session : null;
    }

    /// <summary>Whether it is connected to a replica that lives, and can be told something.</summary>
    internal bool ObeysElsewhere(CatalogAgent agent, AgentSlot? here) => Elsewhere(agent, here) is { Left: null } session && session.Silence < SharedSessions.Doubtful;

    // Its replica lived when this one did already, and knows, or it was waited for: not all were started anew.
    private bool IsJudgedElsewhere(CatalogAgent agent) => _sessions.TryGetValue(agent.Id, out var session) && session.Replica != shared.Self
        && session.Silence is { } silence && silence < clock.GetUtcNow() - _startedAt;

    internal async Task ReadAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var sessions = await shared.ReadAsync(ct);
        Interlocked.Exchange(ref _sessionsAt, began);
        _sessions = sessions;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Set<AgentEntity>().AsNoTracking().Select(a => new { a.Id, a.LastSeenAt, a.Version }).ToListAsync(ct);
        _newest ??= rows.Max(r => r.LastSeenAt) ?? DateTimeOffset.MinValue;
        _agents = rows.ToImmutableDictionary(r => r.Id, r => (r.LastSeenAt, r.Version));
        _loaded = true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await ReadAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.LastSeenNotRead(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
