using Grpc.Core;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Enrolment;

namespace Probes.Orchestrator.Ingest;

/// <summary>Takes batches from agents over gRPC. INVALID_ARGUMENT: refused for good. Everything else may be tried again.</summary>
internal sealed class ResultRelayService(IAgentAuthenticator agents, BatchRelay relay) : ResultRelay.ResultRelayBase
{
    public override async Task<RelayReply> Publish(RelayRequest request, ServerCallContext context)
    {
        var agent = agents.Authenticate(context.RequestHeaders.GetValue("authorization"))
            ?? throw new RpcException(new Status(StatusCode.Unauthenticated, "no agent has this credential"));
        if (request.Batch.Length > BatchReader.MaxBytes)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the batch has more than {BatchReader.MaxBytes} bytes"));
        }

        var agentId = BatchReader.ReadAgentId(request.Batch)
            ?? throw new RpcException(new Status(StatusCode.InvalidArgument, "not a result batch"));
        if (agentId != agent.PublicId)
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, "the batch is another agent's"));
        }

        await relay.PassAsync(request.Batch.Memory, context.CancellationToken);
        return new RelayReply();
    }
}
