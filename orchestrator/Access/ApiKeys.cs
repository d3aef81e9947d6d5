using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>One API key without its secret.</summary>
/// <param name="State">"live", "expired" or "revoked".</param>
internal sealed record ApiKeyInfo(
    string Id, string Name, Role? Role, string? Project, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt, string State);

/// <summary>A key that opens something now.</summary>
internal sealed record LiveKey(string Id, string Name, Role Role, string? Project, DateTimeOffset? ExpiresAt, byte[] Hash);

/// <summary>Keys for people and scripts. Checked in memory; read again every few seconds, so that a revocation counts everywhere within 60 s.</summary>
internal sealed class ApiKeys(IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock) : BackgroundService
{
    internal const int LongestName = 63;

    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _reading = new(1, 1);

    // Only keys that exist are noted, so it is no larger than they are.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);
    private volatile ImmutableDictionary<string, LiveKey> _live = ImmutableDictionary<string, LiveKey>.Empty;

    /// <returns>The key; null when it is unknown, wrong, expired or revoked.</returns>
    internal LiveKey? Check(string? text)
    {
        var secret = Secret.Parse(Secret.ApiKey, text);
        return secret is not null && Find(secret.PublicId) is { } key && secret.Matches(key.Hash) ? key : null;
    }

    /// <summary>By id, for sessions that a key began; null when it is expired or revoked since.</summary>
    internal LiveKey? Find(string id)
    {
        var now = clock.GetUtcNow();
        if (!_live.TryGetValue(id, out var key) || key.ExpiresAt <= now)
        {
            return null;
        }

        _used[id] = now;
        return key;
    }

    /// <summary>An administrator's key that does not expire.</summary>
    internal Task<(ApiKeyInfo Info, string Secret)> CreateAsync(string name, CancellationToken ct) => CreateAsync(name, Role.Admin, null, null, "", ct);

    /// <param name="name">1 to 63 characters.</param>
    /// <param name="project">Null: all.</param>
    /// <param name="expiresAt">Null: never.</param>
    /// <returns>The key; the only time its secret is seen.</returns>
    internal async Task<(ApiKeyInfo Info, string Secret)> CreateAsync(
        string name, Role role, string? project, DateTimeOffset? expiresAt, string createdBy, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, LongestName, nameof(name));
        var secret = Secret.New(Secret.ApiKey);
        var entity = new ApiKeyEntity
        {
            PublicId = secret.PublicId,
            Name = name,
            SecretHash = secret.Hash,
            CreatedAt = clock.GetUtcNow(),
            Role = role.Text(),
            Project = project,
            ExpiresAt = expiresAt,
            CreatedBy = createdBy,
        };
        await using var db = await contexts.CreateDbContextAsync(ct);
        db.Add(entity);
        await db.SaveChangesAsync(ct);
        await RereadAsync(ct);
        return (Info(entity), secret.Text);
    }

    /// <param name="project">Only keys bound to it; null: all.</param>
    internal async Task<IReadOnlyList<ApiKeyInfo>> ListAsync(string? project, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<ApiKeyEntity>().AsNoTracking().Where(k => project == null || k.Project == project)
            .OrderByDescending(k => k.Id).Take(1000).ToListAsync(ct);
        return [.. all.Select(Info)];
    }

    /// <param name="project">Only a key bound to it; null: any.</param>
    /// <returns>The key as it was; null when no live key has this id.</returns>
    internal async Task<ApiKeyInfo?> RevokeAsync(string id, string? project, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var entity = await db.Set<ApiKeyEntity>().SingleOrDefaultAsync(k => k.PublicId == id && k.RevokedAt == null && (project == null || k.Project == project), ct);
        if (entity is null)
        {
            return null;
        }

        var before = Info(entity);
        entity.RevokedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await RereadAsync(ct);
        return before;
    }

    /// <summary>One at a time: a reading that began before a change must not come after one that has seen it.</summary>
    internal async Task RereadAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(ct);
            var live = await db.Set<ApiKeyEntity>().AsNoTracking().Where(k => k.RevokedAt == null).ToListAsync(ct);
            // A role that this version does not know opens nothing.
            _live = live.Where(k => Roles.Parse(k.Role) is not null)
                .ToImmutableDictionary(k => k.PublicId, k => new LiveKey(k.PublicId, k.Name, Roles.Parse(k.Role)!.Value, k.Project, k.ExpiresAt, k.SecretHash));
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Writes down when keys were used last.</summary>
    internal async Task NoteUsesAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        foreach (var (id, at) in _used)
        {
            await db.Set<ApiKeyEntity>().Where(k => k.PublicId == id && (k.LastUsedAt == null || k.LastUsedAt < at))
                .ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, at), ct);
            _used.TryRemove(new KeyValuePair<string, DateTimeOffset>(id, at));
        }
    }

    public override void Dispose()
    {
        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(RereadEvery, clock);
        do
        {
            try
            {
                await RereadAsync(stoppingToken);
                await NoteUsesAsync(stoppingToken);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The store is away; the keys known stay good until it is back.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private ApiKeyInfo Info(ApiKeyEntity key)
    {
        var used = _used.TryGetValue(key.PublicId, out var at) && !(key.LastUsedAt > at) ? at : key.LastUsedAt;
        var state = key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= clock.GetUtcNow() ? "expired" : "live";
        return new(key.PublicId, key.Name, Roles.Parse(key.Role), key.Project, key.CreatedBy, key.CreatedAt, key.ExpiresAt, key.RevokedAt, used, state);
    }
}
