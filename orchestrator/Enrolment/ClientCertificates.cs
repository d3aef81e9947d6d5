using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Enrolment;

/// <summary>
/// With <c>Grpc:ClientCertificates=require</c>: a call counts only over a connection whose certificate holds the agent's own key, so that a stolen credential alone is
/// worth nothing. Nobody signs these certificates; their key is what was bound at enrolment.
/// </summary>
internal sealed class ClientCertificates(IAgentAuthenticator agents) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(context, request switch
        {
            Wire.EnrolRequest enrol => enrol.PublicKey.ToByteArray(),
            Wire.RenewRequest { PublicKey.Length: > 0 } binding => binding.PublicKey.ToByteArray(),
            Wire.RenewRequest renew => agents.KeyOf(renew.AgentId),
            Wire.ChallengeRequest => null,
            _ => Bound(context),
        });
        return continuation(request, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context, Bound(context));
        return continuation(requestStream, responseStream, context);
    }

    /// <summary>The key of whoever calls; null for a stranger, who is turned away for that.</summary>
    private byte[]? Bound(ServerCallContext context) =>
        agents.Authenticate(context.RequestHeaders.GetValue("authorization")) is { } agent ? agents.KeyOf(agent.PublicId) ?? [] : null;

    private static void Check(ServerCallContext context, byte[]? key)
    {
        if (key is not null
            && (context.GetHttpContext().Connection.ClientCertificate is not { } shown
                || !CryptographicOperations.FixedTimeEquals(shown.PublicKey.ExportSubjectPublicKeyInfo(), key)))
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "the connection's certificate does not hold the agent's key"));
        }
    }
}
