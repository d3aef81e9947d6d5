using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>One enrolment token without its secret.</summary>
/// <param name="State">"usable", "used up", "expired" or "revoked".</param>
internal sealed record TokenInfo(
    string Id, string Location, int MaxUses, int Uses, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, string State);

/// <summary>A token that could not be made: which field, why, and what is allowed.</summary>
internal sealed class TokenRefusedException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}

/// <summary>Makes, lists and revokes enrolment tokens.</summary>
internal sealed class TokenService(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, ProjectScope scope, TimeProvider clock)
{
    internal const int MaxUsesLimit = 10_000;
    internal static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(1);
    internal static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(365);

    /// <param name="location">A defined location.</param>
    /// <param name="maxUses">1 to 10,000, default 1.</param>
    /// <param name="lifetime">1 minute to 365 days, default 1 hour.</param>
    /// <returns>The token; the only time its secret is seen.</returns>
    /// <exception cref="TokenRefusedException">A value is not allowed.</exception>
    internal async Task<(TokenInfo Info, string Secret)> CreateAsync(string location, int? maxUses, TimeSpan? lifetime, CancellationToken ct)
    {
        var uses = maxUses ?? 1;
        var life = lifetime ?? DefaultLifetime;
        // Another project's location may be seen when it is shared, but its agents are its own.
        if (!scope.MayChange(location) || !catalog.Current.Locations.ContainsKey(location))
        {
            var known = string.Join(", ", catalog.Current.Locations.Keys.Where(scope.MayChange).Take(20).Select(scope.Short));
            throw new TokenRefusedException("location", $"location '{scope.Short(location)}' is not defined (defined: {(known.Length > 0 ? known : "none")})");
        }

        if (uses is < 1 or > MaxUsesLimit)
        {
            throw new TokenRefusedException("maxUses", $"{uses} is not allowed (allowed: 1 to {MaxUsesLimit})");
        }

        if (life < TimeSpan.FromMinutes(1) || life > MaxLifetime)
        {
            throw new TokenRefusedException("expires", $"{life} is not allowed (allowed: 1 minute to 365 days)");
        }

        var now = clock.GetUtcNow();
        var secret = Secret.New(Secret.EnrolmentToken);
        var entity = new TokenEntity
        {
            PublicId = secret.PublicId,
            SecretHash = secret.Hash,
            Location = location,
            MaxUses = uses,
            CreatedAt = now,
            ExpiresAt = now + life,
        };
        await using var db = await contexts.CreateDbContextAsync(ct);
        db.Add(entity);
        await db.SaveChangesAsync(ct);
        return (Info(entity, now), secret.Text);
    }

    /// <summary>Newest first.</summary>
    internal async Task<IReadOnlyList<TokenInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<TokenEntity>().AsNoTracking().Where(Seen()).OrderByDescending(t => t.Id).Take(1000).ToListAsync(ct);
        var now = clock.GetUtcNow();
        return [.. all.Select(t => Info(t, now))];
    }

    /// <summary>False when no token has this id, or it is revoked already.</summary>
    internal async Task<bool> RevokeAsync(string id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        return await db.Set<TokenEntity>().Where(Seen()).Where(t => t.PublicId == id && t.RevokedAt == null)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, now), ct) == 1;
    }

    private Expression<Func<TokenEntity, bool>> Seen()
    {
        var (visible, prefix) = (scope.Visible, scope.Visible + "/");
        return visible is null ? t => true
            : visible == QualifiedName.DefaultProject ? t => !EF.Functions.Like(t.Location, "%/%")
            : t => t.Location.StartsWith(prefix);
    }

    private static TokenInfo Info(TokenEntity t, DateTimeOffset now) => new(
        t.PublicId, t.Location, t.MaxUses, t.Uses, t.CreatedAt, t.ExpiresAt, t.RevokedAt,
        t.RevokedAt is not null ? "revoked" : t.Uses >= t.MaxUses ? "used up" : t.ExpiresAt <= now ? "expired" : "usable");
}
