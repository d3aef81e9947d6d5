using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Probes.Orchestrator.Signing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Enrolment;

/// <summary>The wire's side of <see cref="Enroller"/> and <see cref="CredentialIssuer"/>.</summary>
[AllowAnonymous]
internal sealed class EnrolmentService(Enroller enroller, CredentialIssuer credentials, Challenges challenges, SigningKeys signing) : Wire.Enrolment.EnrolmentBase
{
    public override async Task<Wire.EnrolReply> Enrol(Wire.EnrolRequest request, ServerCallContext context)
    {
        // Before a use of the token is taken: an agent without the key would have to enrol again.
        var keys = Keys();
        var address = context.GetHttpContext().Connection.RemoteIpAddress is { } remote ? SourceNetworks.Plain(remote).ToString() : "";
        var wish = new EnrolmentWish(request.Token, request.Name, request.Version, request.PublicKey.ToByteArray(), request.Proof.ToByteArray(), address);
        var enrolled = await enroller.EnrolAsync(wish, context.CancellationToken);
        return enrolled is { Agent: { } agent }
            ? new Wire.EnrolReply
            {
                AgentId = agent.PublicId,
                Name = agent.Name,
                Location = agent.Location,
                Credential = enrolled.Credential,
                CredentialExpiresUs = Micros(enrolled.ExpiresAt),
                SigningKeys = { keys },
            }
            : throw new RpcException(Refusal(enrolled.Outcome, address));
    }

    public override Task<Wire.ChallengeReply> Challenge(Wire.ChallengeRequest request, ServerCallContext context) =>
        request.AgentId.Length <= 64
            ? Task.FromResult(new Wire.ChallengeReply { Challenge = ByteString.CopyFrom(challenges.New(request.AgentId)) })
            : throw new RpcException(new Status(StatusCode.InvalidArgument, "agent_id is longer than 64 characters"));

    public override async Task<Wire.RenewReply> Renew(Wire.RenewRequest request, ServerCallContext context)
    {
        var keys = Keys();
        var renewal = new Renewal(
            request.AgentId, request.Challenge.ToByteArray(), request.Proof.ToByteArray(), request.PublicKey.ToByteArray(),
            context.RequestHeaders.GetValue("authorization"));
        var renewed = await credentials.RenewAsync(renewal, context.CancellationToken);
        return renewed.Outcome switch
        {
            RenewOutcome.Renewed => new Wire.RenewReply { Credential = renewed.Text, CredentialExpiresUs = Micros(renewed.ExpiresAt), SigningKeys = { keys } },
            RenewOutcome.AskAgain => throw new RpcException(new Status(StatusCode.Aborted, "the challenge has expired or is another process's: ask again")),
            _ => throw new RpcException(new Status(StatusCode.Unauthenticated, "the agent is unknown here, was disabled or deleted, or its proof does not fit its key")),
        };
    }

    private IEnumerable<Wire.SigningKey> Keys()
    {
        var key = signing.Current ?? throw new RpcException(new Status(
            StatusCode.Unavailable, signing.Trouble.Length > 0 ? "the orchestrator's signing key cannot be used; its log says why" : "the orchestrator's store does not answer"));
        return [new Wire.SigningKey { KeyId = key.Id, PublicKey = ByteString.CopyFrom(key.PublicKey) }];
    }

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static Status Refusal(EnrolOutcome outcome, string address) => outcome switch
    {
        EnrolOutcome.Malformed => new(StatusCode.InvalidArgument, "this is not an enrolment token (prb_...), or it was cut or mistyped"),
        EnrolOutcome.NoKey => new(StatusCode.FailedPrecondition, "the agent sent no key: it is too old to enrol here; use version 0.2 or later"),
        EnrolOutcome.BadProof => new(StatusCode.InvalidArgument, "the agent's key is not a P-256 key, or its proof does not fit"),
        EnrolOutcome.Expired => new(StatusCode.PermissionDenied, "the enrolment token has expired; create another"),
        EnrolOutcome.UsedUp => new(StatusCode.PermissionDenied, "the enrolment token is used up; create another, or one with more uses"),
        EnrolOutcome.Revoked => new(StatusCode.PermissionDenied, "the enrolment token was revoked"),
        EnrolOutcome.WrongSource => new(StatusCode.PermissionDenied, $"the enrolment token may not be used from {address}; create one that this address may use"),
        _ => new(StatusCode.PermissionDenied, "the enrolment token is unknown here"),
    };
}
