using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Checks credentials against hashes kept in memory; asks the store once for each agent it has not seen.</summary>
internal sealed class AgentAuthenticator(IDbContextFactory<ProbesContext> contexts, ICatalog catalog) : IAgentAuthenticator, IDisposable
{
    // Strangers with made-up ids must not become a load on the store.
    private readonly TokenBucketRateLimiter _lookups = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 2_000,
        TokensPerPeriod = 500,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        AutoReplenishment = true,
    });

    private readonly ConcurrentDictionary<string, CatalogAgentCredential> _known = new(StringComparer.Ordinal);

    public CatalogAgent? Authenticate(string? authorization)
    {
        if (Secret.FromHeader(Secret.AgentCredential, authorization) is not { } secret)
        {
            return null;
        }

        if (!_known.TryGetValue(secret.PublicId, out var known))
        {
            known = Find(secret.PublicId);
        }

        if (known is null || !secret.Matches(known.Hash))
        {
            return null;
        }

        // The catalog knows of a disabling as soon as anyone does.
        var agent = catalog.Current.AgentsByPublicId.GetValueOrDefault(secret.PublicId) ?? known.Agent;
        return agent.Disabled ? null : agent;
    }

    public void Dispose() => _lookups.Dispose();

    private CatalogAgentCredential? Find(string publicId)
    {
        // Ids that the catalog knows are no guess; anything else is limited.
        if (!catalog.Current.AgentsByPublicId.ContainsKey(publicId) && !_lookups.AttemptAcquire().IsAcquired)
        {
            return null;
        }

        using var db = contexts.CreateDbContext();
        var entity = db.Set<AgentEntity>().AsNoTracking().SingleOrDefault(a => a.PublicId == publicId);
        if (entity is null)
        {
            return null;
        }

        var agent = new CatalogAgent(entity.Id, entity.PublicId, entity.Name, entity.Location, entity.Disabled || entity.DeletedAt is not null, entity.EnrolledAt);
        return _known.GetOrAdd(publicId, new CatalogAgentCredential(agent, entity.CredentialHash));
    }

    private sealed record CatalogAgentCredential(CatalogAgent Agent, byte[] Hash);
}
