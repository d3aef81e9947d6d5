using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>One API key without its secret.</summary>
internal sealed record ApiKeyInfo(string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>Keys for people and scripts. Checked in memory; read again every few seconds, so that a revocation counts everywhere within 60 s.</summary>
internal sealed class ApiKeys(IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(15);

    private volatile ImmutableDictionary<string, (byte[] Hash, string Name)> _live = ImmutableDictionary<string, (byte[], string)>.Empty;

    /// <returns>The key's id and name; null when it is unknown, wrong or revoked.</returns>
    internal (string Id, string Name)? Check(string? text)
    {
        var secret = Secret.Parse(Secret.ApiKey, text);
        return secret is not null && _live.TryGetValue(secret.PublicId, out var key) && secret.Matches(key.Hash)
            ? (secret.PublicId, key.Name)
            : null;
    }

    internal bool IsLive(string id) => _live.ContainsKey(id);

    /// <param name="name">1 to 63 characters.</param>
    /// <returns>The key; the only time its secret is seen.</returns>
    internal async Task<(ApiKeyInfo Info, string Secret)> CreateAsync(string name, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 63, nameof(name));
        var secret = Secret.New(Secret.ApiKey);
        var entity = new ApiKeyEntity { PublicId = secret.PublicId, Name = name, SecretHash = secret.Hash, CreatedAt = clock.GetUtcNow() };
        await using var db = await contexts.CreateDbContextAsync(ct);
        db.Add(entity);
        await db.SaveChangesAsync(ct);
        await RereadAsync(ct);
        return (Info(entity), secret.Text);
    }

    internal async Task<IReadOnlyList<ApiKeyInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<ApiKeyEntity>().AsNoTracking().OrderBy(k => k.Id).ToListAsync(ct);
        return [.. all.Select(Info)];
    }

    /// <summary>False when no live key has this id.</summary>
    internal async Task<bool> RevokeAsync(string id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var entity = await db.Set<ApiKeyEntity>().SingleOrDefaultAsync(k => k.PublicId == id && k.RevokedAt == null, ct);
        if (entity is null)
        {
            return false;
        }

        entity.RevokedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await RereadAsync(ct);
        return true;
    }

    internal async Task RereadAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var live = await db.Set<ApiKeyEntity>().AsNoTracking().Where(k => k.RevokedAt == null).ToListAsync(ct);
        _live = live.ToImmutableDictionary(k => k.PublicId, k => (k.SecretHash, k.Name));
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
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The store is away; the keys known stay good until it is back.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static ApiKeyInfo Info(ApiKeyEntity key) => new(key.PublicId, key.Name, key.CreatedAt, key.RevokedAt);
}
