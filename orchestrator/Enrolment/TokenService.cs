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
/// <param name="SourceCidrs">Networks it may be used from; empty: any.</param>
/// <param name="State">"usable", "used up", "expired" or "revoked".</param>
/// <param name="UsedBy">Oldest first; deleted agents too.</param>
internal sealed record TokenInfo(
    string Id, string Location, int MaxUses, int Uses, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt,
    IReadOnlyList<string> SourceCidrs, string State, IReadOnlyList<TokenUse> UsedBy);

/// <summary>An agent that enrolled with a token.</summary>
/// <param name="AgentId">Its id.</param>
/// <param name="Name">Its name now, qualified.</param>
/// <param name="At">When.</param>
/// <param name="Address">Where the call came from; empty when not known.</param>
public sealed record TokenUse(string AgentId, string Name, DateTimeOffset At, string Address);

/// <summary>What a token shall be like; null: as is usual.</summary>
/// <param name="Location">A defined location, qualified.</param>
/// <param name="MaxUses">1 to 10,000, default 1.</param>
/// <param name="Lifetime">1 minute to 365 days, default 1 hour.</param>
/// <param name="SourceCidrs">Networks it may be used from, at most 32; default any.</param>
internal sealed record TokenWish(string Location, int? MaxUses = null, TimeSpan? Lifetime = null, IReadOnlyList<string>? SourceCidrs = null);

/// <summary>A token that could not be made: which field, why, and what is allowed.</summary>
internal sealed class TokenRefusedException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}

/// <summary>Makes, lists and revokes enrolment tokens.</summary>
internal sealed class TokenService(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, ProjectScope scope, Audit audit, TimeProvider clock)
{
    internal const int MaxUsesLimit = 10_000;
    private const int MostListed = 1000;
    internal static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(1);
    internal static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(365);

    /// <returns>The token; the only time its secret is seen.</returns>
    /// <exception cref="TokenRefusedException">A value is not allowed.</exception>
    internal Task<(TokenInfo Info, string Secret)> CreateAsync(string location, int? maxUses, TimeSpan? lifetime, CancellationToken ct) =>
        CreateAsync(new TokenWish(location, maxUses, lifetime), null, ct);

    /// <param name="wish">What it shall be like.</param>
    /// <param name="caller">Who wants it; null: the orchestrator itself, which is not on record.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>The token; the only time its secret is seen.</returns>
    /// <exception cref="TokenRefusedException">A value is not allowed.</exception>
    internal async Task<(TokenInfo Info, string Secret)> CreateAsync(TokenWish wish, Caller? caller, CancellationToken ct)
    {
        var (location, uses, life) = (wish.Location, wish.MaxUses ?? 1, wish.Lifetime ?? DefaultLifetime);
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

        var (sources, bad) = SourceNetworks.Read(wish.SourceCidrs);
        if (sources is null)
        {
            throw new TokenRefusedException("sourceCidrs", $"'{bad}' is not allowed (allowed: {SourceNetworks.Allowed})");
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
            SourceCidrs = string.Join(',', sources),
            CreatedBy = caller?.Name ?? "",
        };
        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            db.Add(entity);
            await db.SaveChangesAsync(ct);
        }

        var info = Info(entity, [], now);
        if (caller is not null)
        {
            await TokenAudit.CreatedAsync(audit, caller, info);
        }

        return (info, secret.Text);
    }

    /// <summary>Newest first.</summary>
    internal Task<IReadOnlyList<TokenInfo>> ListAsync(CancellationToken ct) => ListAsync(all => all.OrderByDescending(t => t.Id).Take(MostListed), ct);

    /// <summary>Null when there is none.</summary>
    internal async Task<TokenInfo?> FindAsync(string id, CancellationToken ct) => await ListAsync(all => all.Where(t => t.PublicId == id), ct) is [var one, ..] ? one : null;

    /// <summary>False when no token has this id, or it is revoked already.</summary>
    internal Task<bool> RevokeAsync(string id, CancellationToken ct) => RevokeAsync(id, null, ct);

    /// <summary>False when no token has this id, or it is revoked already.</summary>
    internal async Task<bool> RevokeAsync(string id, Caller? caller, CancellationToken ct)
    {
        if (await FindAsync(id, ct) is not { } token)
        {
            return false;
        }

        await using (var db = await contexts.CreateDbContextAsync(ct))
        {
            var now = clock.GetUtcNow();
            if (await db.Set<TokenEntity>().Where(t => t.PublicId == id && t.RevokedAt == null)
                .ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, now), ct) == 0)
            {
                return false;
            }
        }

        if (caller is not null)
        {
            await TokenAudit.RevokedAsync(audit, caller, token);
        }

        return true;
    }

    private async Task<IReadOnlyList<TokenInfo>> ListAsync(Func<IQueryable<TokenEntity>, IQueryable<TokenEntity>> which, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await which(db.Set<TokenEntity>().AsNoTracking().Where(Seen())).ToListAsync(ct);
        var ids = all.Where(t => t.Uses > 0).Select(t => t.PublicId).ToList();
        var uses = (await db.Set<AgentEntity>().AsNoTracking().Where(a => a.EnrolledWith != null && ids.Contains(a.EnrolledWith)).OrderBy(a => a.Id)
                .Select(a => new { a.EnrolledWith, a.PublicId, a.Name, a.EnrolledAt, a.EnrolledFrom }).ToListAsync(ct))
            .ToLookup(a => a.EnrolledWith!, a => new TokenUse(a.PublicId, a.Name, a.EnrolledAt, a.EnrolledFrom ?? ""), StringComparer.Ordinal);
        var now = clock.GetUtcNow();
        return [.. all.Select(t => Info(t, [.. uses[t.PublicId]], now))];
    }

    private Expression<Func<TokenEntity, bool>> Seen()
    {
        var (visible, prefix) = (scope.Visible, scope.Visible + "/");
        return visible is null ? t => true
            : visible == QualifiedName.DefaultProject ? t => !EF.Functions.Like(t.Location, "%/%")
            : t => t.Location.StartsWith(prefix);
    }

    private static TokenInfo Info(TokenEntity t, IReadOnlyList<TokenUse> usedBy, DateTimeOffset now) => new(
        t.PublicId, t.Location, t.MaxUses, t.Uses, t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.RevokedAt, SourceNetworks.Split(t.SourceCidrs),
        t.RevokedAt is not null ? "revoked" : t.Uses >= t.MaxUses ? "used up" : t.ExpiresAt <= now ? "expired" : "usable", usedBy);
}
