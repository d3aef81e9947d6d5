using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>What became of a renewal.</summary>
internal enum RenewalOutcome
{
    Renewed,

    /// <summary>The orchestrator does not know this identity, or has shut it out. Stop.</summary>
    Refused,

    /// <summary>It could not be asked. What we hold may still be good; ask again later.</summary>
    Later,

    /// <summary>An orchestrator from before renewals: what we hold does not expire, and there is no other.</summary>
    Unsupported,
}

/// <summary>Gets the agent its next credential at two thirds of the life of the one it has, by proving that it holds its key.</summary>
internal sealed class CredentialRenewer(
    IdentityKeeper identities, AgentKey key, OrchestratorChannel orchestrator, AgentClock clock, TimeProvider time, ILogger<CredentialRenewer> log)
    : BackgroundService
{
    /// <summary>Renewals are not missed by much, and a machine that slept looks soon after.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1);
    private readonly Random _random = new();

    /// <summary>When to renew a credential that is received now.</summary>
    public static DateTimeOffset RenewAt(DateTimeOffset now, DateTimeOffset expires) => now + ((expires - now) * 2 / 3);

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <summary>Renews now, also when it is not due.</summary>
    public async Task<RenewalOutcome> RenewAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            return await AskAsync(identities.Current, ct);
        }
        catch (RpcException error) when (!ct.IsCancellationRequested)
        {
            if (error.StatusCode == StatusCode.Unauthenticated && !SessionErrors.IsFromHttp(error.Status))
            {
                Log.RenewalRefused(log, error.Status.Detail);
                return RenewalOutcome.Refused;
            }

            if (error.StatusCode == StatusCode.Unimplemented)
            {
                return RenewalOutcome.Unsupported;
            }

            Log.RenewalWaits(log, orchestrator.Describe(error.Status));
            return RenewalOutcome.Later;
        }
        finally
        {
            _one.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (identities.IsKnown && identities.Current.CredentialRenewAt <= clock.Now && await TryAsync(stoppingToken) != RenewalOutcome.Renewed)
            {
                await Task.Delay(PauseAfterFault * (0.5 + _random.NextDouble()), time, stoppingToken);
            }
        }
    }

    private async Task<RenewalOutcome> TryAsync(CancellationToken ct)
    {
        try
        {
            return await RenewAsync(ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            Log.RenewalWaits(log, fault.Message);
            return RenewalOutcome.Later;
        }
    }

    private async Task<RenewalOutcome> AskAsync(Identity identity, CancellationToken ct)
    {
        var client = new Wire.Enrolment.EnrolmentClient(orchestrator.Channel);
        var deadline = (time.GetUtcNow() + Limit).UtcDateTime;
        var question = await client.ChallengeAsync(new Wire.ChallengeRequest { AgentId = identity.AgentId }, deadline: deadline, cancellationToken: ct);
        var request = new Wire.RenewRequest
        {
            AgentId = identity.AgentId,
            Challenge = question.Challenge,
            Proof = ByteString.CopyFrom(key.Sign(WireProofs.Renew(identity.AgentId, question.Challenge.Span))),
        };
        var headers = new Metadata();
        if (identity.SigningKey is null)
        {
            // Enrolled before keys: bind ours, and show what we have instead.
            request.PublicKey = ByteString.CopyFrom(key.PublicKey);
            headers.Add("authorization", $"Bearer {identity.Credential}");
        }

        var reply = await client.RenewAsync(request, headers, deadline, ct);
        var expires = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(reply.CredentialExpiresUs);
        identities.Change(now => now with
        {
            Credential = reply.Credential,
            CredentialRenewAt = RenewAt(clock.Now, expires),
            SigningKey = now.SigningKey ?? reply.SigningKeys.Select(PinnedKeys.Of).FirstOrDefault(),
        });
        Log.Renewed(log, expires.UtcDateTime);
        return RenewalOutcome.Renewed;
    }
}
