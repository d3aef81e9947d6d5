using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Agents;

/// <summary>The least an agent needs to work: it enrols anyone, hands out one set of checks, and takes and counts batches.</summary>
internal sealed class BenchOrchestrator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BenchOrchestrator(WebApplication app, int port, State state)
    {
        _app = app;
        Port = port;
        Shared = state;
    }

    public int Port { get; }

    public State Shared { get; }

    public static async Task<BenchOrchestrator> StartAsync()
    {
        var state = new State();
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(state);
        var app = builder.Build();
        app.MapGrpcService<EnrolmentService>();
        app.MapGrpcService<SessionService>();
        app.MapGrpcService<RelayService>();
        await app.StartAsync();
        return new BenchOrchestrator(app, port, state);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>The set in force and the results seen.</summary>
    internal sealed class State
    {
        private readonly ConcurrentDictionary<IServerStreamWriter<OrchestratorMessage>, byte> _sessions = new();
        private volatile Snapshot _snapshot = Of([], 1);

        public ConcurrentQueue<Contracts.Wire.Result> Results { get; private set; } = new();

        public bool Connected => !_sessions.IsEmpty;

        public async Task AssignAsync(IReadOnlyList<Check> checks)
        {
            _snapshot = Of(checks, _snapshot.Revision + 1);
            foreach (var session in _sessions.Keys)
            {
                await session.WriteAsync(new OrchestratorMessage { Snapshot = _snapshot });
            }
        }

        public List<Contracts.Wire.Result> Take()
        {
            var taken = Results;
            Results = new ConcurrentQueue<Contracts.Wire.Result>();
            return [.. taken];
        }

        public async Task AddAsync(IServerStreamWriter<OrchestratorMessage> session)
        {
            await session.WriteAsync(new OrchestratorMessage
            {
                Welcome = new Welcome
                {
                    AgentId = "bench",
                    Name = "bench",
                    Location = "bench",
                    Region = "bench",
                    HeartbeatUs = 5_000_000,
                    Publish = new PublishTarget { Relay = new Relay() },
                },
            });
            await session.WriteAsync(new OrchestratorMessage { Snapshot = _snapshot });
            _sessions[session] = 0;
        }

        public void Remove(IServerStreamWriter<OrchestratorMessage> session) => _sessions.TryRemove(session, out _);

        private static Snapshot Of(IReadOnlyList<Check> checks, long revision) => new()
        {
            Revision = revision,
            End = true,
            Digest = ByteString.CopyFrom(AssignmentDigest.Compute(checks.Select(c => (c.Name, c.Revision)))),
            Checks = { checks.Select(WireChecks.ToWire) },
        };
    }

    private sealed class EnrolmentService : Enrolment.EnrolmentBase
    {
        public override Task<EnrolReply> Enrol(EnrolRequest request, ServerCallContext context) =>
            Task.FromResult(new EnrolReply { AgentId = "bench", Name = "bench", Location = "bench", Credential = "pra_bench_0" });
    }

    private sealed class SessionService(State state) : AgentSession.AgentSessionBase
    {
        public override async Task Connect(
            IAsyncStreamReader<AgentMessage> agent, IServerStreamWriter<OrchestratorMessage> orchestrator, ServerCallContext context)
        {
            try
            {
                await foreach (var message in agent.ReadAllAsync(context.CancellationToken))
                {
                    switch (message.KindCase)
                    {
                        case AgentMessage.KindOneofCase.Hello:
                            await state.AddAsync(orchestrator);
                            break;
                        case AgentMessage.KindOneofCase.Heartbeat:
                            var now = DateTimeOffset.UnixEpoch + (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch);
                            var us = now.ToUnixTimeMilliseconds() * 1000;
                            await orchestrator.WriteAsync(new OrchestratorMessage
                            {
                                HeartbeatReply = new HeartbeatReply { EchoSentAtUs = message.Heartbeat.SentAtUs, ReceivedAtUs = us, RepliedAtUs = us },
                            });
                            break;
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The agent went away.
            }
            finally
            {
                state.Remove(orchestrator);
            }
        }
    }

    private sealed class RelayService(State state) : ResultRelay.ResultRelayBase
    {
        public override Task<RelayReply> Publish(RelayRequest request, ServerCallContext context)
        {
            foreach (var result in ResultBatch.Parser.ParseFrom(request.Batch).Results)
            {
                state.Results.Enqueue(result);
            }

            return Task.FromResult(new RelayReply());
        }
    }
}
