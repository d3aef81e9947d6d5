using Grpc.Core;
using Grpc.Net.Client;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

/// <summary>An agent's side of a session over a real socket, told what to say.</summary>
internal sealed class TestAgent : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> _call;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _ended = new();

    private TestAgent(GrpcChannel channel, AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call) => (_channel, _call) = (channel, call);

    public Wire.Welcome? Welcome { get; private set; }

    /// <param name="beating">Sends heartbeats so often, and swallows their answers; null: stays silent.</param>
    public static async Task<TestAgent> ConnectAsync(
        RunningOrchestrator orchestrator, string credential, long revision = 0, string? instance = null, TimeSpan? beating = null, Wire.Hello? hello = null)
    {
        var channel = orchestrator.Channel();
        var agent = new TestAgent(channel, RunningOrchestrator.Connect(channel, credential));
        try
        {
            await agent.SendAsync(new Wire.AgentMessage
            {
                Hello = hello ?? new Wire.Hello { InstanceId = instance ?? Guid.NewGuid().ToString(), Version = "1.0", Revision = revision },
            });
            agent.Welcome = (await agent.NextAsync()).Welcome;
        }
        catch
        {
            agent.Dispose();
            throw;
        }

        if (beating is { } every)
        {
            _ = agent.BeatAsync(every);
        }

        return agent;
    }

    /// <summary>The next message that is no answer to a heartbeat of <see cref="BeatAsync"/>.</summary>
    public async Task<Wire.OrchestratorMessage> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (await _call.ResponseStream.MoveNext(deadline.Token))
        {
            if (_call.ResponseStream.Current is not { HeartbeatReply.EchoSentAtUs: 1 })
            {
                return _call.ResponseStream.Current;
            }
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "the stream has ended"));
    }

    public async Task SendAsync(Wire.AgentMessage message)
    {
        await _sending.WaitAsync();
        try
        {
            await _call.RequestStream.WriteAsync(message);
        }
        catch (Exception fault) when (fault is InvalidOperationException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            // The call has ended already; reading tells why.
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _call.Dispose();
        _channel.Dispose();
    }

    private async Task BeatAsync(TimeSpan every)
    {
        using var timer = new PeriodicTimer(every);
        while (await timer.WaitForNextTickAsync(_ended.Token))
        {
            await SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { SentAtUs = 1 } });
        }
    }
}
