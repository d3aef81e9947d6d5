using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>One person who has signed in at the identity provider.</summary>
internal sealed record UserInfo(
    int Id, string Name, string Issuer, string Subject, Role? Role, string? Project, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, bool Disabled);

/// <summary>Lists users, shuts them out and gives them roles, for administrators; always on record.</summary>
internal sealed class UserDesk(IDbContextFactory<ProbesContext> contexts, Users users, Audit audit, TimeProvider clock, OidcProvider provider)
{
    /// <summary>Newest first; those of the caller's project only when it is bound to one.</summary>
    internal async Task<IReadOnlyList<UserInfo>> ListAsync(Caller caller, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<UserEntity>().AsNoTracking().Where(u => caller.Project == null || u.Project == caller.Project)
            .OrderByDescending(u => u.LastSeenAt).Take(1000).ToListAsync(ct);
        return [.. all.Select(Info)];
    }

    /// <param name="role">Null: as it is.</param>
    /// <param name="disabled">Null: as it is. Disabling ends all sessions.</param>
    /// <returns>The user as it is now; null when the caller sees no such user.</returns>
    /// <exception cref="AccessRefusedException">A value is not allowed.</exception>
    internal async Task<UserInfo?> ChangeAsync(Caller caller, int id, string? role, bool? disabled, CancellationToken ct)
    {
        Role? given = role is null ? null : Roles.Parse(role)
            ?? throw new AccessRefusedException("role", $"'{(role.Length > 80 ? role[..80] + "…" : role)}' is no role (allowed: {Roles.Allowed})");
        if (given is { } wanted && !caller.May(wanted))
        {
            throw new AccessRefusedException("role", "nobody can give more rights than their own");
        }

        if (given is not null && provider.RolesComeFromClaims)
        {
            throw new AccessRefusedException("role", "roles come from the identity provider's claims (Oidc:RoleMap); change them there");
        }

        await using var db = await contexts.CreateDbContextAsync(ct);
        var entity = await db.Set<UserEntity>().SingleOrDefaultAsync(u => u.Id == id && (caller.Project == null || u.Project == caller.Project), ct);
        if (entity is null)
        {
            return null;
        }

        var before = Text(entity);
        entity.Role = given?.Text() ?? entity.Role;
        entity.DisabledAt = disabled switch { true => entity.DisabledAt ?? clock.GetUtcNow(), false => null, null => entity.DisabledAt };
        await db.SaveChangesAsync(ct);
        await users.RereadAsync(ct);
        if (Text(entity) is var after && after != before)
        {
            await audit.WriteAsync(caller, disabled is null ? "user.role" : disabled.Value ? "user.disable" : "user.enable", $"user/{entity.Name}", before, after, ct, entity.Project);
        }

        return Info(entity);
    }

    private static string Text(UserEntity u) =>
        JsonSerializer.Serialize(new { name = u.Name, subject = u.Subject, role = u.Role, project = u.Project, disabled = u.DisabledAt is not null }, AuditJson.Options);

    private static UserInfo Info(UserEntity u) =>
        new(u.Id, u.Name, u.Issuer, u.Subject, Roles.Parse(u.Role), u.Project, u.FirstSeenAt, u.LastSeenAt, u.DisabledAt is not null);
}
