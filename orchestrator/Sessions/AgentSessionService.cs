using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Probes.Orchestrator.Enrolment;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Sessions;

/// <summary>The wire's side of <see cref="SessionHub"/>.</summary>
[AllowAnonymous]
internal sealed class AgentSessionService(SessionHub hub, IAgentAuthenticator authenticator, IHostApplicationLifetime lifetime) : Wire.AgentSession.AgentSessionBase
{
    public override async Task Connect(
        IAsyncStreamReader<Wire.AgentMessage> requestStream, IServerStreamWriter<Wire.OrchestratorMessage> responseStream, ServerCallContext context)
    {
        hub.CheckReady();
        var agent = authenticator.Authenticate(context.RequestHeaders.GetValue("authorization"))
            ?? throw new RpcException(new Status(StatusCode.Unauthenticated, "the credential is unknown here, or the agent was disabled"));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await hub.RunAsync(agent, requestStream, responseStream, ended.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // The agent has gone, or we are stopping: it connects again.
            throw new RpcException(new Status(StatusCode.Unavailable, "the session has ended: connect again"));
        }
    }
}
