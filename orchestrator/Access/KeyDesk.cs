using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>A change of keys or users that is not allowed: which field, why, and what is.</summary>
internal sealed class AccessRefusedException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}

/// <summary>Makes, lists and revokes keys for somebody: never with more rights than their own, never outside their project, and always on record.</summary>
internal sealed class KeyDesk(ApiKeys keys, Audit audit, IDbContextFactory<ProbesContext> contexts, TimeProvider clock)
{
    internal static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(90);

    private static readonly TimeSpan LeastLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostLifetime = TimeSpan.FromDays(3650);

    /// <param name="caller">Who makes it.</param>
    /// <param name="name">1 to 63 characters.</param>
    /// <param name="role">Null: viewer.</param>
    /// <param name="project">Null or empty: the caller's, which is all for those who are bound to none.</param>
    /// <param name="lifetime">1 minute to 3650 days; zero: it does not expire; null: 90 days.</param>
    /// <exception cref="AccessRefusedException">A value is not allowed, or is more than the caller has.</exception>
    internal async Task<(ApiKeyInfo Info, string Secret)> CreateAsync(
        Caller caller, string? name, string? role, string? project, TimeSpan? lifetime, CancellationToken ct)
    {
        name = name?.Trim();
        if (name is not { Length: > 0 and <= ApiKeys.LongestName } || name.Any(char.IsControl))
        {
            throw new AccessRefusedException("name", $"1 to {ApiKeys.LongestName} characters are allowed, none of them a control character");
        }

        var given = role is not { Length: > 0 } ? Role.Viewer
            : Roles.Parse(role) ?? throw new AccessRefusedException("role", $"'{Cut(role)}' is no role (allowed: {Roles.Allowed})");
        if (!caller.May(given))
        {
            throw new AccessRefusedException("role", $"a key cannot have more rights than its maker, who is {caller.Role?.Text() ?? "without a role"}");
        }

        var life = lifetime ?? DefaultLifetime;
        if (life != TimeSpan.Zero && (life < LeastLifetime || life > MostLifetime))
        {
            throw new AccessRefusedException("expiresInSeconds", $"{(long)life.TotalSeconds} is not allowed (allowed: 60 to {(long)MostLifetime.TotalSeconds}, or 0 for never)");
        }

        var bound = await ProjectAsync(caller, project is { Length: > 0 } ? project : null, ct);
        var (info, secret) = await keys.CreateAsync(name, given, bound, life == TimeSpan.Zero ? null : clock.GetUtcNow() + life, caller.Name, ct);
        await audit.WriteAsync(caller, "key.create", $"key/{info.Id}", null, Text(info), ct, bound);
        return (info, secret);
    }

    internal Task<IReadOnlyList<ApiKeyInfo>> ListAsync(Caller caller, CancellationToken ct) => keys.ListAsync(caller.Project, ct);

    /// <summary>False when the caller sees no live key with this id.</summary>
    internal async Task<bool> RevokeAsync(Caller caller, string id, CancellationToken ct)
    {
        if (await keys.RevokeAsync(id, caller.Project, ct) is not { } before)
        {
            return false;
        }

        await audit.WriteAsync(caller, "key.revoke", $"key/{id}", Text(before), null, ct, before.Project);
        return true;
    }

    private async Task<string?> ProjectAsync(Caller caller, string? project, CancellationToken ct)
    {
        if (caller.Project is { } own)
        {
            return project is null || project == own ? own
                : throw new AccessRefusedException("project", $"a key cannot reach further than its maker, who is bound to the project '{own}'");
        }

        if (project is null or QualifiedName.DefaultProject)
        {
            return project;
        }

        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Set<ProjectEntity>().AnyAsync(p => p.Name == project, ct) ? project
            : throw new AccessRefusedException("project", $"there is no project '{Cut(project)}'");
    }

    private static string Text(ApiKeyInfo key) => JsonSerializer.Serialize(
        new { name = key.Name, role = key.Role?.Text(), project = key.Project, expiresAt = key.ExpiresAt, createdBy = key.CreatedBy }, AuditJson.Options);

    private static string Cut(string text) => text.Length > 80 ? text[..80] + "…" : text;
}
