using Grpc.Core;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Ingest;

/// <summary>
/// Brings a relayed batch to the bus. With RabbitMQ it is safe at the broker's confirm; in memory it is safe only when stored, so that
/// the agent's spool does not forget what a crash would lose.
/// </summary>
internal sealed class BatchRelay(ISendEndpointProvider bus, IngestReceipts receipts, BatchSenders senders, IOptions<BusOptions> options, TimeProvider time, ILogger<BatchRelay> log)
{
    /// <summary>Batches on their way at once; beyond, agents are told to come again.</summary>
    private const int MaxInFlight = 256;

    /// <summary>How long a batch may take to be safe.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private int _inFlight;

    private bool InMemory => options.Value.ConnectionString.Length == 0;

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, UNAVAILABLE: again later. INVALID_ARGUMENT: refused for good.</exception>
    public async Task PassAsync(ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _inFlight) > MaxInFlight)
        {
            Interlocked.Decrement(ref _inFlight);
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many batches are on their way"));
        }

        var id = NewId.NextGuid();
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            var refusal = await PassAsync(body, id, both.Token);
            if (refusal.Length > 0)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, refusal));
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"the batch was not safe within {Limit.TotalSeconds:0} s"));
        }
        catch (Exception error) when (error is not RpcException and not OperationCanceledException)
        {
            Log.RelayFailed(log, error);
            throw new RpcException(new Status(StatusCode.Unavailable, "the batch could not be stored now"));
        }
        finally
        {
            receipts.Forget(id);
            Interlocked.Decrement(ref _inFlight);
        }
    }

    // Empty when safe, else why it was refused.
    private async Task<string> PassAsync(ReadOnlyMemory<byte> body, Guid id, CancellationToken ct)
    {
        var address = InMemory ? $"queue:{BusTopology.Queue}" : $"exchange:{BusTopology.Exchange}?type=topic";
        var endpoint = await bus.GetSendEndpoint(new Uri(address)).WaitAsync(ct);
        var stored = InMemory ? receipts.Expect(id) : Task.FromResult("");
        await endpoint.Send(new RawBatch { Body = body }, Pipe.Execute<SendContext<RawBatch>>(send => Prepare(send, id, senders.Own)), ct).WaitAsync(ct);
        return await stored.WaitAsync(ct);
    }

    private static void Prepare(SendContext<RawBatch> send, Guid id, string user)
    {
        send.MessageId = id;
        send.Durable = true;
        if (send.TryGetPayload<RabbitMqSendContext>(out var rabbit))
        {
            rabbit.Mandatory = true;
            rabbit.BasicProperties.UserId = user;
            rabbit.SetRoutingKey(BusTopology.RoutingKey);
        }
    }
}
