using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>A person who may be here now.</summary>
internal sealed record LiveUser(int Id, string Name, Grant Grant)
{
    internal ClaimsPrincipal Principal(string scheme)
    {
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, Name), new Claim(Caller.UserIdClaim, $"{Id}"), new Claim(Caller.KindClaim, "user"), new Claim(Caller.RoleClaim, Grant.Role.Text())], scheme);
        if (Grant.Project is { } project)
        {
            identity.AddClaim(new Claim(Caller.ProjectClaim, project));
        }

        return new ClaimsPrincipal(identity);
    }
}

/// <summary>People who have signed in at the identity provider. Looked up in memory; read again every few seconds, so that a change counts everywhere within 60 s.</summary>
internal sealed class Users(IDbContextFactory<ProbesContext> contexts, StoreReady store, TimeProvider clock) : BackgroundService
{
    private const int LongestName = 200;
    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _reading = new(1, 1);

    // Only users that exist are noted, so it is no larger than they are.
    private readonly ConcurrentDictionary<int, DateTimeOffset> _seen = new();
    private volatile ImmutableDictionary<int, LiveUser> _live = ImmutableDictionary<int, LiveUser>.Empty;

    /// <summary>Null when there is no such user, or it is disabled.</summary>
    internal LiveUser? Find(int id)
    {
        if (_live.TryGetValue(id, out var user))
        {
            _seen[id] = clock.GetUtcNow();
        }

        return user;
    }

    /// <summary>Writes down who signed in, and what that grants.</summary>
    /// <param name="mapped">What the provider's claims grant; null: nothing, or they are not asked.</param>
    /// <param name="byClaims">Whether claims decide; otherwise a role given here stays.</param>
    /// <param name="standard">For those whom nothing else grants anything.</param>
    /// <returns>The user and its grant before, when that has changed; or why not.</returns>
    internal async Task<(LiveUser? User, Grant? Before, string Refusal)> SignInAsync(
        string issuer, string subject, string name, Grant? mapped, bool byClaims, Grant? standard, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        var entity = await db.Set<UserEntity>().SingleOrDefaultAsync(u => u.Issuer == issuer && u.Subject == subject, ct);
        if (entity?.DisabledAt is not null)
        {
            return (null, null, "the user is disabled");
        }

        var before = entity is null ? null : Granted(entity);
        var grant = mapped ?? (byClaims ? standard : before ?? standard);
        if (grant is null)
        {
            return (null, null, "no claim grants a role, and there is no default role");
        }

        entity ??= db.Add(new UserEntity { Issuer = issuer, Subject = subject, Name = "", Role = "", FirstSeenAt = now }).Entity;
        (entity.Name, entity.Role, entity.Project, entity.LastSeenAt) = (name.Length <= LongestName ? name : name[..LongestName], grant.Role.Text(), grant.Project, now);
        await db.SaveChangesAsync(ct);
        await RereadAsync(ct);
        return (new LiveUser(entity.Id, entity.Name, grant), before == grant ? null : before, "");
    }

    /// <summary>One at a time: a reading that began before a change must not come after one that has seen it.</summary>
    internal async Task RereadAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(ct);
            var live = await db.Set<UserEntity>().AsNoTracking().Where(u => u.DisabledAt == null).ToListAsync(ct);
            _live = live.Where(u => Granted(u) is not null).ToImmutableDictionary(u => u.Id, u => new LiveUser(u.Id, u.Name, Granted(u)!));
        }
        finally
        {
            _reading.Release();
        }
    }

    internal static Grant? Granted(UserEntity user) => Roles.Parse(user.Role) is { } role ? new Grant(role, user.Project) : null;

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
                await NoteSeenAsync(stoppingToken);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The store is away; the users known stay good until it is back.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task NoteSeenAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        foreach (var (id, at) in _seen)
        {
            await db.Set<UserEntity>().Where(u => u.Id == id && u.LastSeenAt < at).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSeenAt, at), ct);
            _seen.TryRemove(new KeyValuePair<int, DateTimeOffset>(id, at));
        }
    }
}
