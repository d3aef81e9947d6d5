using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Enrolment;

/// <summary>The wire's side of <see cref="Enroller"/>.</summary>
[AllowAnonymous]
internal sealed class EnrolmentService(Enroller enroller) : Wire.Enrolment.EnrolmentBase
{
    public override async Task<Wire.EnrolReply> Enrol(Wire.EnrolRequest request, ServerCallContext context)
    {
        var enrolled = await enroller.EnrolAsync(request.Token, request.Name, request.Version, context.CancellationToken);
        return enrolled is { Agent: { } agent }
            ? new Wire.EnrolReply { AgentId = agent.PublicId, Name = agent.Name, Location = agent.Location, Credential = enrolled.Credential }
            : throw new RpcException(Refusal(enrolled.Outcome));
    }

    private static Status Refusal(EnrolOutcome outcome) => outcome switch
    {
        EnrolOutcome.Malformed => new(StatusCode.InvalidArgument, "this is not an enrolment token (prb_...), or it was cut or mistyped"),
        EnrolOutcome.Expired => new(StatusCode.PermissionDenied, "the enrolment token has expired; create another"),
        EnrolOutcome.UsedUp => new(StatusCode.PermissionDenied, "the enrolment token is used up; create another, or one with more uses"),
        EnrolOutcome.Revoked => new(StatusCode.PermissionDenied, "the enrolment token was revoked"),
        _ => new(StatusCode.PermissionDenied, "the enrolment token is unknown here"),
    };
}
