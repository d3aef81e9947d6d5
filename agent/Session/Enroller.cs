using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>Gives the agent its identity: the one on disk, or a new one for the token.</summary>
internal sealed class Enroller(
    AgentOptions options, IdentityKeeper identities, AgentKey key, AssignmentFile assignment, OrchestratorChannel orchestrator, Backoff backoff,
    AgentClock clock, TimeProvider time, ILogger<Enroller> log)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Waits for an orchestrator that cannot be reached.</summary>
    /// <exception cref="AgentStopException">There is no token, or it was refused.</exception>
    public async Task<Identity> IdentityAsync(CancellationToken ct)
    {
        if (identities.Load() is { } known)
        {
            Log.Known(log, known.Name, known.Location);
            return identities.Change(identity => identity with { Orchestrator = options.Orchestrator });
        }

        if (options.Token.Length == 0)
        {
            throw new AgentStopException(ExitCodes.BadInput,
                $"the data folder '{Path.GetFullPath(options.DataFolder)}' holds no identity yet: give an enrolment token with --token or PROBES_TOKEN "
                + "(make one with 'orchestrator token create --location NAME')");
        }

        while (true)
        {
            try
            {
                return await EnrolAsync(ct);
            }
            catch (RpcException) when (ct.IsCancellationRequested)
            {
                throw new OperationCanceledException(ct);
            }
            catch (RpcException error)
            {
                if (IsRefusal(error.Status))
                {
                    throw new AgentStopException(ExitCodes.BadInput, $"the orchestrator refused the enrolment token: {error.Status.Detail}", error);
                }

                if (SessionErrors.IsHttp1Only(error.Status))
                {
                    throw new AgentStopException(ExitCodes.BadInput, orchestrator.Describe(error.Status), error);
                }

                var pause = backoff.Next(SessionErrors.Classify(error.Status), TimeSpan.Zero);
                Log.EnrolmentWaits(log, orchestrator.Describe(error.Status), pause.TotalSeconds);
                await Task.Delay(pause, time, ct);
            }
        }
    }

    private static bool IsRefusal(Status status) =>
        status.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.PermissionDenied or StatusCode.Unauthenticated && !SessionErrors.IsFromHttp(status);

    private async Task<Identity> EnrolAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var timer = new CancellationTokenSource(Limit, time);
        using var over = timer.Token.Register(limit.Cancel);
        var token = options.Token.Trim();
        var request = new Wire.EnrolRequest
        {
            Token = token,
            Name = options.Name.Length > 0 ? options.Name : Environment.MachineName,
            Version = AgentVersion.Current,
            PublicKey = ByteString.CopyFrom(key.PublicKey),
            Proof = ByteString.CopyFrom(key.Sign(WireProofs.Enrol(token, key.PublicKey))),
        };
        var reply = await new Wire.Enrolment.EnrolmentClient(orchestrator.Channel).EnrolAsync(request, cancellationToken: limit.Token);
        var identity = new Identity
        {
            AgentId = reply.AgentId,
            Name = reply.Name,
            Location = reply.Location,
            Credential = reply.Credential,
            CredentialRenewAt = reply.CredentialExpiresUs == 0
                ? DateTimeOffset.MaxValue
                : CredentialRenewer.RenewAt(clock.Now, DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(reply.CredentialExpiresUs)),
            SigningKey = reply.SigningKeys.Select(PinnedKeys.Of).FirstOrDefault(),
            Orchestrator = orchestrator.Address,
        };

        // What is left of an earlier identity is not this one's work.
        assignment.Delete();
        identities.Begin(identity);
        Log.Enrolled(log, identity.Name, identity.Location);
        return identity;
    }
}
