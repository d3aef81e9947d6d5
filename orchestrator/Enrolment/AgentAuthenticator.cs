using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>
/// Checks credentials against hashes kept in memory; asks the store for agents it has not seen, and again when one shows a credential that does not
/// fit: it may have been renewed at another replica.
/// </summary>
internal sealed class AgentAuthenticator(IDbContextFactory<ProbesContext> contexts, ICatalog catalog, TimeProvider clock) : IAgentAuthenticator, IDisposable
{
    // Strangers with made-up ids or credentials must not become a load on the store.
    private readonly TokenBucketRateLimiter _lookups = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 2_000,
        TokensPerPeriod = 500,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        AutoReplenishment = true,
    });

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public CatalogAgent? Authenticate(string? authorization) =>
        Check(Secret.FromHeader(Secret.AgentCredential, authorization));

    public CatalogAgent? AuthenticateCredential(string? credential) => Check(Secret.Parse(Secret.AgentCredential, credential));

    public bool HasLapsed(string publicId)
    {
        var now = clock.GetUtcNow();
        return _known.TryGetValue(publicId, out var known) && known.LapsedAt <= now
            && (Find(publicId, isGuess: false) is not { } again || again.LapsedAt <= now);
    }

    public void Forget(string publicId) => _known.TryRemove(publicId, out _);

    public byte[]? KeyOf(string publicId) => (_known.GetValueOrDefault(publicId) ?? Find(publicId, isGuess: false))?.Key;

    public void Dispose() => _lookups.Dispose();

    private CatalogAgent? Check(Secret? secret)
    {
        if (secret is null)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var isKnown = _known.TryGetValue(secret.PublicId, out var known);
        if (known?.Accepts(secret, now) != true)
        {
            // Ids that the catalog knows are no guess; anything else, and a credential that did not fit, is limited.
            known = Find(secret.PublicId, isGuess: isKnown || !catalog.Current.AgentsByPublicId.ContainsKey(secret.PublicId));
            if (known?.Accepts(secret, now) != true)
            {
                return null;
            }
        }

        // The catalog knows of a disabling as soon as anyone does.
        var agent = catalog.Current.AgentsByPublicId.GetValueOrDefault(secret.PublicId) ?? known.Agent;
        return agent.Disabled ? null : agent;
    }

    private Known? Find(string publicId, bool isGuess)
    {
        if (isGuess && !_lookups.AttemptAcquire().IsAcquired)
        {
            throw new TooManyStrangersException();
        }

        using var db = contexts.CreateDbContext();
        var entity = db.Set<AgentEntity>().AsNoTracking().SingleOrDefault(a => a.PublicId == publicId);
        return entity is null ? null : _known[publicId] = Known.Of(entity);
    }

    private sealed record Known(
        CatalogAgent Agent, byte[] Hash, DateTimeOffset? ExpiresAt, byte[]? PreviousHash, DateTimeOffset? PreviousExpiresAt, byte[]? Key)
    {
        /// <summary>When nothing it may hold is good any more.</summary>
        public DateTimeOffset LapsedAt => ExpiresAt ?? DateTimeOffset.MaxValue;

        public static Known Of(AgentEntity a) => new(
            new CatalogAgent(a.Id, a.PublicId, a.Name, a.Location, a.Disabled || a.DeletedAt is not null, a.EnrolledAt),
            a.CredentialHash, a.CredentialExpiresAt, a.PreviousCredentialHash, a.PreviousCredentialExpiresAt, a.PublicKey);

        public bool Accepts(Secret secret, DateTimeOffset now) =>
            (secret.Matches(Hash) && !(ExpiresAt <= now))
            || (PreviousHash is not null && secret.Matches(PreviousHash) && PreviousExpiresAt > now);
    }
}

/// <summary>So many unknown credentials at once that they are not looked up: nobody is told that his is wrong, but to come again.</summary>
internal sealed class TooManyStrangersException() : Exception("too many unknown credentials at once: try again");
