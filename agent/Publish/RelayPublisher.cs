using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Hands batches to the orchestrator over gRPC; it returns when they are safe there.</summary>
/// <param name="client">A client of the orchestrator the session is with.</param>
/// <param name="credential">The agent's credential at this moment; it goes into the <c>authorization</c> header.</param>
/// <param name="time">Clock of the deadline.</param>
/// <param name="log">Where refusals are told.</param>
internal sealed class RelayPublisher(
    Wire.ResultRelay.ResultRelayClient client, Func<string> credential, TimeProvider time, ILogger<RelayPublisher> log) : IBatchPublisher
{
    /// <summary>Longer than the orchestrator's own limit of 10 s, so that its answer is heard.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public async ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        try
        {
            var headers = new Metadata { { "authorization", "Bearer " + credential() } };
            var request = new Wire.RelayRequest { Batch = UnsafeByteOperations.UnsafeWrap(batch) };
            await client.PublishAsync(request, headers, (time.GetUtcNow() + Limit).UtcDateTime, ct);
            return PublishOutcome.Confirmed;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.InvalidArgument)
        {
            return PublishOutcome.Refused;
        }
        catch (RpcException) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(ct);
        }
        catch (RpcException error)
        {
            Log.RelayFailed(log, error.StatusCode, error.Status.Detail);
            return PublishOutcome.Retry;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
