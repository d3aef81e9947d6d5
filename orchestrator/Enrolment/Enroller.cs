using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>What became of an enrolment.</summary>
internal enum EnrolOutcome
{
    Enrolled,

    /// <summary>Not a whole token: a typing error. Correct it.</summary>
    Malformed,

    /// <summary>The agent brought no key: it is too old. Use a newer one.</summary>
    NoKey,

    /// <summary>The key is none, or whoever sent it does not hold it.</summary>
    BadProof,

    /// <summary>No such token, or its secret is wrong. Make another.</summary>
    Unknown,
    Expired,
    UsedUp,
    Revoked,

    /// <summary>The call comes from an address that the token is not for.</summary>
    WrongSource,
}

/// <summary>The agent made by an enrolment; <paramref name="Credential"/> is seen only here.</summary>
internal sealed record Enrolled(EnrolOutcome Outcome, CatalogAgent? Agent = null, string Credential = "", DateTimeOffset ExpiresAt = default);

/// <summary>What an agent brings to be enrolled.</summary>
/// <param name="Token">As the operator handed it over.</param>
/// <param name="WishedName">Made unique.</param>
/// <param name="Version">Of the agent.</param>
/// <param name="PublicKey">Its own key; see <see cref="WireProofs"/>.</param>
/// <param name="Proof">Its signature over token and key.</param>
/// <param name="Address">Where the call comes from; empty when not known.</param>
internal sealed record EnrolmentWish(string Token, string WishedName, string Version, byte[] PublicKey, byte[] Proof, string Address);

/// <summary>Exchanges a token for an identity. A use is taken in the same transaction that makes the agent, so uses cannot be overdrawn.</summary>
internal sealed class Enroller(
    IDbContextFactory<ProbesContext> contexts, ICatalog catalog, CredentialIssuer credentials, TimeProvider clock, ILogger<Enroller> log)
{
    private const int Attempts = 5;

    internal async Task<Enrolled> EnrolAsync(EnrolmentWish wish, CancellationToken ct)
    {
        if (Secret.Parse(Secret.EnrolmentToken, wish.Token) is not { } secret)
        {
            return new Enrolled(EnrolOutcome.Malformed);
        }

        if (wish.PublicKey.Length == 0)
        {
            return new Enrolled(EnrolOutcome.NoKey);
        }

        if (!WireProofs.Verify(wish.PublicKey, WireProofs.Enrol(wish.Token, wish.PublicKey), wish.Proof))
        {
            return new Enrolled(EnrolOutcome.BadProof);
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var enrolled = await TryAsync(secret, wish, ct);
                if (enrolled.Agent is { } agent)
                {
                    await catalog.RefreshAsync(ct);
                    Log.Enrolled(log, agent.Name, agent.Location, secret.PublicId);
                }
                else
                {
                    Log.Refused(log, secret.PublicId, wish.Address.Length > 0 ? wish.Address : "an unknown address", enrolled.Outcome);
                }

                return enrolled;
            }
            catch (DbUpdateException) when (attempt < Attempts)
            {
                // Another enrolment took the name in the same moment: choose again.
            }
        }
    }

    private async Task<Enrolled> TryAsync(Secret secret, EnrolmentWish wish, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var token = await db.Set<TokenEntity>().AsNoTracking().SingleOrDefaultAsync(t => t.PublicId == secret.PublicId, ct);
        var now = clock.GetUtcNow();
        var refused = token is null || !secret.Matches(token.SecretHash) ? EnrolOutcome.Unknown
            : token.RevokedAt is not null ? EnrolOutcome.Revoked
            : token.ExpiresAt <= now ? EnrolOutcome.Expired
            : SourceNetworks.Split(token.SourceCidrs) is { Count: > 0 } sources && !SourceNetworks.Contain(sources, wish.Address) ? EnrolOutcome.WrongSource
            : EnrolOutcome.Enrolled;
        if (refused != EnrolOutcome.Enrolled)
        {
            return new Enrolled(refused);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var taken = await db.Set<TokenEntity>()
            .Where(t => t.Id == token!.Id && t.Uses < t.MaxUses && t.RevokedAt == null)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.Uses, x => x.Uses + 1), ct);
        if (taken == 0)
        {
            return new Enrolled(EnrolOutcome.UsedUp);
        }

        var entity = new AgentEntity
        {
            PublicId = Secret.New(Secret.AgentCredential).PublicId,
            Name = await FreeNameAsync(db, QualifiedName.ProjectOf(token!.Location), AgentNames.Clean(wish.WishedName, QualifiedName.BareOf(token.Location)), ct),
            Location = token.Location,
            CredentialHash = [],
            PublicKey = wish.PublicKey,
            Version = wish.Version.Length <= 64 ? wish.Version : wish.Version[..64],
            EnrolledAt = now,
            EnrolledWith = token.PublicId,
            EnrolledFrom = wish.Address,
        };
        var credential = credentials.Give(entity, now);
        db.Add(entity);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        var agent = new CatalogAgent(entity.Id, entity.PublicId, entity.Name, entity.Location, false, now);
        return new Enrolled(EnrolOutcome.Enrolled, agent, credential, entity.CredentialExpiresAt!.Value);
    }

    // Agents' names are of their project too, so that which are taken tells nothing of another.
    private static async Task<string> FreeNameAsync(ProbesContext db, string project, string bare, CancellationToken ct)
    {
        var wished = QualifiedName.Of(project, bare);
        var taken = await db.Set<AgentEntity>().Where(a => a.Name.StartsWith(wished)).Select(a => a.Name).ToListAsync(ct);
        return AgentNames.Free(wished, taken.ToHashSet(StringComparer.OrdinalIgnoreCase));
    }
}
