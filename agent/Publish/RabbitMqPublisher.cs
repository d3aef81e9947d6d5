using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>
/// Publishes to one exchange and declares nothing, so that the right to write there is all an agent needs. Persistent and mandatory messages with
/// publisher confirms; a publish that takes longer than <see cref="Limit"/> is given up and its connection replaced, because the client
/// can otherwise wait for ever after a broker's restart (RabbitMQ.Client issue 1930). The connection of a broker that says it takes nothing now is kept: a new
/// one would be blocked by its first publish again, and the broker does not see the end of one that it does not read.
/// </summary>
internal sealed class RabbitMqPublisher : IBatchPublisher
{
    private readonly ConnectionFactory _factory;
    private readonly string _exchange;
    private readonly string _routingKey;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _connecting = new(1);
    private volatile RabbitMqLink? _link;
    private volatile bool _disposed;

    /// <param name="target">Where to, and with what rights.</param>
    /// <param name="time">Clock of the limits.</param>
    /// <param name="log">Where faults are told.</param>
    /// <param name="login">Who to be at the broker where agents are known there, and whom to believe; null: by the address alone.</param>
    public RabbitMqPublisher(Wire.Amqp target, TimeProvider time, ILogger<RabbitMqPublisher> log, BrokerLogin? login = null)
    {
        _factory = new ConnectionFactory
        {
            Uri = new Uri(target.Uri),
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(10),
            ContinuationTimeout = TimeSpan.FromSeconds(10),
            ClientProvidedName = "probes-agent",
        };
        login?.Apply(_factory, target.AgentIdentity);

        _exchange = target.Exchange;
        _routingKey = target.RoutingKey;
        _time = time;
        _log = log;
    }

    /// <summary>The longest a publish may take until its confirm; default 10 s.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);

    public async ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        RabbitMqLink? link = null;
        try
        {
            link = await LinkAsync(ct);
            if (link.Blocked)
            {
                return PublishOutcome.Retry;
            }

            await PublishAsync(link.Channel, batch, ct);
            return PublishOutcome.Confirmed;
        }
        catch (PublishReturnException returned)
        {
            Log.Unroutable(_log, _exchange, returned.ReplyText);
            return PublishOutcome.Retry;
        }
        catch (PublishException)
        {
            Log.Refused(_log, _exchange);
            return PublishOutcome.Retry;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (TimeoutException) when (link is { Blocked: true, Channel.IsOpen: true })
        {
            return PublishOutcome.Retry;
        }
        catch (Exception error)
        {
            // Time-outs, closed channels, unreachable brokers: whatever it was, the next publish starts on a new connection.
            Log.PublishFailed(_log, _factory.HostName, _factory.Port, error.GetBaseException().Message);
            if (link is not null)
            {
                await RecycleAsync(link);
            }

            return PublishOutcome.Retry;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_link is { } link)
        {
            await RecycleAsync(link);
        }
    }

    private async Task PublishAsync(IChannel channel, ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/x-protobuf",
            DeliveryMode = DeliveryModes.Persistent,
            UserId = _factory.UserName,
        };
        using var limit = new CancellationTokenSource(Limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);

        // The token asks; WaitAsync makes sure, should the client not listen.
        var publish = channel.BasicPublishAsync(_exchange, _routingKey, mandatory: true, properties, batch, both.Token).AsTask();
        try
        {
            await publish.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Forget(publish);
            throw new TimeoutException($"no confirm within {Limit.TotalSeconds:0.###} s");
        }
    }

    private async Task<RabbitMqLink> LinkAsync(CancellationToken ct)
    {
        if (_link is { Channel.IsOpen: true } open)
        {
            return open;
        }

        await _connecting.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_link is { } link)
            {
                if (link.Channel.IsOpen)
                {
                    return link;
                }

                await RecycleAsync(link);
            }

            using var limit = new CancellationTokenSource(Limit, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            var made = await RabbitMqLink.OpenAsync(_factory, _log, both.Token);

            // A dispose that came meanwhile found nothing to close.
            _link = made;
            if (_disposed)
            {
                await RecycleAsync(made);
                throw new ObjectDisposedException(nameof(RabbitMqPublisher));
            }

            return made;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"no connection within {Limit.TotalSeconds:0.###} s");
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task RecycleAsync(RabbitMqLink link)
    {
        if (Interlocked.CompareExchange(ref _link, null, link) != link)
        {
            return;
        }

        var closing = link.CloseAsync();
        try
        {
            await closing.WaitAsync(TimeSpan.FromSeconds(2), _time);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Log.CloseFailed(_log, error.GetBaseException().Message);
            Forget(closing);
        }
    }

    private static void Forget(Task task) =>
        task.ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
