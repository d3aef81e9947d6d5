using System.Threading.Channels;
using Grpc.Core;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Secrets;
using SecretSet = Probes.Contracts.Wire.Secrets;

namespace Probes.Orchestrator.Sessions;

/// <summary>One agent's stream: a loop that reads and a loop that writes. It keeps no timer; silence is found by the hub's sweep.</summary>
internal sealed class Session(
    string instanceId, string location, string transport, long held, Func<OrchestratorMessage, OrchestratorMessage> seal, TimeProvider clock) : IDisposable
{
    // Replies to heartbeats, and runs on demand: an agent that does not read loses replies, and is given no runs.
    private const int Capacity = 8;
    private const int MostHeartbeat = 16 * 1024;

    private readonly Channel<OrchestratorMessage?> _outbox = Channel.CreateBounded<OrchestratorMessage?>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly CancellationTokenSource _cut = new();
    private int _changed;
    private int _secretsChanged;
    private SecretSet? _told;
    private long _held = held;

    internal string InstanceId => instanceId;

    /// <summary>Where the agent was told that it is.</summary>
    internal string Location => location;

    /// <summary>What kind of location its agent was told it is in.</summary>
    internal LocationKind Kind { get; init; }

    /// <summary>Gives what the agent's checks need; null: it cannot take secrets.</summary>
    internal SecretNeeds? Needs { get; init; }

    /// <summary>"relay" or "amqp".</summary>
    internal string Transport => transport;

    /// <summary>Cancelled when the orchestrator ends the session.</summary>
    internal CancellationToken Ended => _cut.Token;

    internal void Cut()
    {
        try
        {
            _cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Over already.
        }
    }

    /// <summary>The assignment has changed: the writing loop will see to it.</summary>
    internal void MarkChanged()
    {
        Volatile.Write(ref _changed, 1);
        // When the outbox is full the loop is about to run anyway, and looks at the mark each time.
        _outbox.Writer.TryWrite(null);
    }

    /// <summary>False when the agent does not read what it is sent.</summary>
    internal bool TrySend(OrchestratorMessage message) => _outbox.Writer.TryWrite(message);

    /// <summary>A secret has changed: the writing loop sees whether it is one of this agent's.</summary>
    internal void MarkSecretsChanged()
    {
        if (Needs is not null)
        {
            Volatile.Write(ref _secretsChanged, 1);
            _outbox.Writer.TryWrite(null);
        }
    }

    internal async Task WriteAsync(AgentSlot slot, AssignmentMessages messages, IServerStreamWriter<OrchestratorMessage> stream, CancellationToken ct)
    {
        do
        {
            while (_outbox.Reader.TryRead(out var message))
            {
                if (message is not null)
                {
                    await stream.WriteAsync(message.KindCase == OrchestratorMessage.KindOneofCase.Run ? seal(message) : message, ct);
                }
            }

            if (Interlocked.Exchange(ref _changed, 0) == 1)
            {
                var (from, target) = slot.Step(_held);
                await TellSecretsAsync(target, stream, ct);
                foreach (var message in messages.Between(from, target))
                {
                    await stream.WriteAsync(seal(message), ct);
                }

                _held = target.Number;
            }

            // Before its assignment an agent needs none.
            if (Interlocked.Exchange(ref _secretsChanged, 0) == 1 && _told is not null)
            {
                await TellSecretsAsync(slot.Step(_held).Target, stream, ct);
            }
        }
        while (await _outbox.Reader.WaitToReadAsync(ct));
    }

    internal async Task ReadAsync(AgentSlot slot, IAsyncStreamReader<AgentMessage> stream, CancellationToken ct)
    {
        var pace = new MessagePace(clock);
        while (await stream.MoveNext(ct))
        {
            if (!pace.Take())
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "more messages than any agent sends"),
                    new Metadata { { Headers.RetryAfterMs, "60000" } });
            }

            switch (stream.Current.KindCase)
            {
                case AgentMessage.KindOneofCase.Heartbeat:
                    if (stream.Current.Heartbeat.CalculateSize() > MostHeartbeat)
                    {
                        throw new RpcException(new Status(StatusCode.InvalidArgument, $"a heartbeat has at most {MostHeartbeat} bytes"));
                    }

                    var receivedAt = Microseconds(clock.GetUtcNow());
                    slot.Beat(stream.Current.Heartbeat);
                    _outbox.Writer.TryWrite(new OrchestratorMessage
                    {
                        HeartbeatReply = new HeartbeatReply
                        {
                            EchoSentAtUs = stream.Current.Heartbeat.SentAtUs,
                            ReceivedAtUs = receivedAt,
                            RepliedAtUs = Microseconds(clock.GetUtcNow()),
                        },
                    });
                    break;
                case AgentMessage.KindOneofCase.Applied:
                    slot.Applied(stream.Current.Applied);
                    break;
                case AgentMessage.KindOneofCase.RunUpdate:
                    slot.Runs.Take(stream.Current.RunUpdate);
                    break;
                default:
                    // A second hello, or a message newer than we are: nothing to do about it.
                    break;
            }
        }
    }

    // All that it needs, when that is not what it was told last. What it keeps from an earlier session is replaced, be it by nothing.
    private async Task TellSecretsAsync(Revision target, IServerStreamWriter<OrchestratorMessage> stream, CancellationToken ct)
    {
        if (Needs is not null && await Needs.ForAsync(target.Checks, ct) is var needed && !needed.Equals(_told))
        {
            await stream.WriteAsync(new OrchestratorMessage { Secrets = needed }, ct);
            _told = needed;
        }
    }

    public void Dispose() => _cut.Dispose();

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
