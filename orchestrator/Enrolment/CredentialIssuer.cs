using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Enrolment;

/// <summary>What became of a renewal.</summary>
internal enum RenewOutcome
{
    Renewed,

    /// <summary>Unknown, deleted or disabled, or the proof does not fit. The agent stops.</summary>
    Refused,

    /// <summary>The challenge is too old or another process's. The agent asks for another.</summary>
    AskAgain,
}

/// <summary>A new credential; <paramref name="Text"/> is seen only here.</summary>
internal sealed record Renewed(RenewOutcome Outcome, string Text = "", DateTimeOffset ExpiresAt = default);

/// <summary>What an agent brings to a renewal.</summary>
/// <param name="AgentId">Who it says it is.</param>
/// <param name="Challenge">As given by <see cref="Challenges"/>.</param>
/// <param name="Proof">Its signature.</param>
/// <param name="NewKey">A key to bind, from an agent that has none; empty otherwise.</param>
/// <param name="Authorization">Its old credential, when it binds a key.</param>
internal sealed record Renewal(string AgentId, byte[] Challenge, byte[] Proof, byte[] NewKey, string? Authorization);

/// <summary>Makes agents' credentials: each is good for a day at most, and only whoever holds the agent's private key gets the next.</summary>
internal sealed class CredentialIssuer(
    IDbContextFactory<ProbesContext> contexts, Challenges challenges, IAgentAuthenticator authenticator, IOptions<EnrolmentOptions> options, TimeProvider clock)
{
    /// <summary>Gives an agent its next credential; the one it has stays good for the overlap.</summary>
    /// <returns>The credential's text.</returns>
    internal string Give(AgentEntity agent, DateTimeOffset now)
    {
        var next = Secret.For(Secret.AgentCredential, agent.PublicId);
        var stillGood = agent.CredentialExpiresAt is not { } expires || expires > now;
        agent.PreviousCredentialHash = stillGood && agent.CredentialHash.Length > 0 ? agent.CredentialHash : null;
        agent.PreviousCredentialExpiresAt = agent.PreviousCredentialHash is null ? null : Earlier(agent.CredentialExpiresAt, now + options.Value.Overlap);
        agent.CredentialHash = next.Hash;
        agent.CredentialExpiresAt = now + options.Value.CredentialLife;
        return next.Text;
    }

    internal async Task<Renewed> RenewAsync(Renewal renewal, CancellationToken ct)
    {
        if (!challenges.IsLive(renewal.AgentId, renewal.Challenge))
        {
            return new Renewed(RenewOutcome.AskAgain);
        }

        await using var db = await contexts.CreateDbContextAsync(ct);
        var agent = await db.Set<AgentEntity>().SingleOrDefaultAsync(a => a.PublicId == renewal.AgentId, ct);
        if (agent is null || agent.Disabled || agent.DeletedAt is not null)
        {
            return new Renewed(RenewOutcome.Refused);
        }

        // One that was enrolled before keys binds its key once, and shows for it the only thing it has.
        var binds = agent.PublicKey is null && renewal.NewKey.Length > 0 && authenticator.Authenticate(renewal.Authorization)?.PublicId == agent.PublicId;
        var key = binds ? renewal.NewKey : agent.PublicKey;
        if (key is null || !WireProofs.Verify(key, WireProofs.Renew(renewal.AgentId, renewal.Challenge), renewal.Proof))
        {
            return new Renewed(RenewOutcome.Refused);
        }

        agent.PublicKey = key;
        var text = Give(agent, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        authenticator.Forget(agent.PublicId);
        return new Renewed(RenewOutcome.Renewed, text, agent.CredentialExpiresAt!.Value);
    }

    private static DateTimeOffset Earlier(DateTimeOffset? a, DateTimeOffset b) => a is { } other && other < b ? other : b;
}
