using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Secrets;

/// <summary>One secret without its value.</summary>
/// <param name="Checks">Names of checks that refer to it.</param>
public sealed record SecretInfo(string Name, string Project, long Revision, DateTimeOffset UpdatedAt, string UpdatedBy, IReadOnlyList<string> Checks);

/// <summary>A secret cannot be kept so.</summary>
internal sealed class SecretRefusedException(string key, string message, string allowed) : Exception(message)
{
    internal string Field => key;

    internal string Allowed => allowed;
}

/// <summary>Keeps secrets: encrypted, and given back to nobody but the agents that need them.</summary>
internal sealed class SecretBook(IDbContextFactory<ProbesContext> contexts, SecretValues values, ICatalog catalog, Audit audit, TimeProvider clock)
{
    /// <summary>Of one project: all of them at their largest still fit into one message to an agent.</summary>
    internal const int MostSecrets = 200;

    private const int Attempts = 3;

    /// <exception cref="SecretRefusedException">The name or the value is not allowed.</exception>
    internal async Task<SecretInfo> PutAsync(Caller caller, SecretName name, string? value, CancellationToken ct)
    {
        if (!SecretReferences.IsName(name.Name))
        {
            throw new SecretRefusedException("name", "is not a secret's name", SecretReferences.NameAllowed);
        }

        if (value is null || SecretReferences.ValueMistake(value) is not null)
        {
            throw new SecretRefusedException("value", value is null ? "is missing" : SecretReferences.ValueMistake(value)!, SecretReferences.ValueAllowed);
        }

        var ciphertext = values.Protect(name, value);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var entity = await WriteAsync(caller, name, ciphertext, ct);
                await values.RefreshAsync(ct);
                await audit.WriteAsync(caller, "secret.set", $"secret/{name.Name}", entity.Revision > 1 ? Text(entity.Revision - 1) : null, Text(entity.Revision), ct, name.Project);
                return Info(entity);
            }
            catch (DbUpdateException) when (attempt < Attempts)
            {
                // Set by another replica in the same moment: ours comes after it.
            }
        }
    }

    /// <param name="project">Null: of all.</param>
    /// <param name="ct">Ends the waiting.</param>
    internal async Task<IReadOnlyList<SecretInfo>> ListAsync(string? project, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<SecretEntity>().AsNoTracking().Where(s => project == null || s.Project == project).ToListAsync(ct);
        return [.. all.OrderBy(s => s.Project, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal).Select(Info)];
    }

    /// <returns>Whether there was such a secret, and the checks that keep it from being deleted.</returns>
    internal async Task<(bool Found, IReadOnlyList<string> Checks)> DeleteAsync(Caller caller, SecretName name, CancellationToken ct)
    {
        // What another replica has just defined counts too.
        await catalog.RefreshAsync(ct);
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await db.Set<SecretEntity>().SingleOrDefaultAsync(s => s.Project == name.Project && s.Name == name.Name, ct) is not { } entity)
        {
            return (false, []);
        }

        if (UsesOf(name) is { Count: > 0 } uses)
        {
            return (true, uses);
        }

        db.Remove(entity);
        await db.SaveChangesAsync(ct);
        await values.RefreshAsync(ct);
        await audit.WriteAsync(caller, "secret.delete", $"secret/{name.Name}", Text(entity.Revision), null, ct, name.Project);
        return (true, []);
    }

    private async Task<SecretEntity> WriteAsync(Caller caller, SecretName name, byte[] ciphertext, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var entity = await db.Set<SecretEntity>().SingleOrDefaultAsync(s => s.Project == name.Project && s.Name == name.Name, ct);
        if (entity is null && await db.Set<SecretEntity>().CountAsync(s => s.Project == name.Project, ct) >= MostSecrets)
        {
            throw new SecretRefusedException("name", $"would be one secret too many in project '{name.Project}'", $"at most {MostSecrets}");
        }

        entity ??= db.Add(new SecretEntity { Project = name.Project, Name = name.Name, Ciphertext = ciphertext }).Entity;
        entity.Ciphertext = ciphertext;
        entity.Revision++;
        entity.UpdatedAt = clock.GetUtcNow();
        entity.UpdatedBy = caller.Name;
        await db.SaveChangesAsync(ct);
        return entity;
    }

    private SecretInfo Info(SecretEntity entity) => new(
        entity.Name, entity.Project, entity.Revision, entity.UpdatedAt, entity.UpdatedBy, UsesOf(new SecretName(entity.Project, entity.Name)));

    private List<string> UsesOf(SecretName name) =>
    [
        .. catalog.Current.Checks.Values.Where(c => QualifiedName.ProjectOf(c.Check.Name) == name.Project && SecretNeeds.Of(c).Contains(name.Name, StringComparer.Ordinal))
            .Select(c => c.Check.Name),
    ];

    private static string Text(long revision) => JsonSerializer.Serialize(new { revision }, AuditJson.Options);
}
