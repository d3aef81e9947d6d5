using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
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

namespace Probes.Tests.Agent.Session;

/// <summary>An orchestrator on a real socket that says exactly what a test tells it to.</summary>
internal sealed class ScriptedOrchestrator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedOrchestrator(WebApplication app, Script script, int port)
    {
        _app = app;
        Script = script;
        Port = port;
    }

    public Script Script { get; }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public static async Task<ScriptedOrchestrator> StartAsync(int port = 0, Script? script = null)
    {
        script ??= new Script();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(script);
        var app = builder.Build();
        app.MapGrpcService<Enrolling>();
        app.MapGrpcService<Sessions>();
        app.MapGrpcService<Relaying>();
        await app.StartAsync();
        return new ScriptedOrchestrator(app, script, new Uri(app.Urls.First()).Port);
    }

    public async Task<ScriptedSession> NextSessionAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await Script.Connected.Reader.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private sealed class Enrolling(Script script) : Enrolment.EnrolmentBase
    {
        public override Task<EnrolReply> Enrol(EnrolRequest request, ServerCallContext context)
        {
            script.Enrolments.Enqueue(request);
            return script.RefuseEnrolment is { } refusal
                ? throw new RpcException(refusal)
                : Task.FromResult(new EnrolReply
                {
                    AgentId = "agent-1",
                    Name = request.Name,
                    Location = "eu-west",
                    Credential = "secret-1",
                    CredentialExpiresUs = script.Life is { } life ? WireTimes.Us(TimeProvider.System.GetUtcNow() + life) : 0,
                    SigningKeys = { script.Signing.Select(k => k.Public) },
                });
        }

        public override Task<ChallengeReply> Challenge(ChallengeRequest request, ServerCallContext context) =>
            script.Life is null ? throw new RpcException(new Status(StatusCode.Unimplemented, "")) : Task.FromResult(new ChallengeReply { Challenge = ByteString.CopyFromUtf8("sign this") });

        public override Task<RenewReply> Renew(RenewRequest request, ServerCallContext context)
        {
            script.Renewals.Enqueue(request);
            return script.RefuseRenewal is { } refusal
                ? throw new RpcException(refusal)
                : Task.FromResult(new RenewReply
                {
                    Credential = $"secret-{script.Renewals.Count + 1}",
                    CredentialExpiresUs = WireTimes.Us(TimeProvider.System.GetUtcNow() + script.Life!.Value),
                    SigningKeys = { script.Signing.Select(k => k.Public) },
                });
        }
    }

    private sealed class Sessions(Script script) : AgentSession.AgentSessionBase
    {
        public override async Task Connect(
            IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<OrchestratorMessage> responseStream, ServerCallContext context)
        {
            if (script.RefuseSession is { } refusal)
            {
                throw new RpcException(refusal);
            }

            if (script.Expired.Length > 0 && context.RequestHeaders.GetValue("authorization") == $"Bearer {script.Expired}")
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "the credential has expired"));
            }

            await requestStream.MoveNext(context.CancellationToken);
            var session = new ScriptedSession(requestStream.Current.Hello, context.RequestHeaders.GetValue("authorization") ?? "", responseStream);
            await session.SendAsync(new OrchestratorMessage
            {
                Welcome = new Welcome
                {
                    AgentId = "agent-1",
                    Name = "a",
                    Location = "eu-west",
                    Region = "europe",
                    HeartbeatUs = script.HeartbeatUs,
                    LocationKind = script.LocationKind,
                    Publish = new PublishTarget { Relay = new Relay() },
                    KeyRotation = { script.Endorsements },
                },
            });
            await script.Connected.Writer.WriteAsync(session);
            var reading = ReadAsync(session, requestStream, context.CancellationToken);
            await Task.WhenAny(reading, session.Ended);
            if (session.Fault is { } fault)
            {
                throw new RpcException(fault);
            }
        }

        private async Task ReadAsync(ScriptedSession session, IAsyncStreamReader<AgentMessage> stream, CancellationToken ct)
        {
            while (await stream.MoveNext(ct))
            {
                var message = stream.Current;
                if (message.Heartbeat is { } beat)
                {
                    session.Heartbeats.Enqueue(beat);
                    if (script.AnswerHeartbeats)
                    {
                        var now = WireTimes.Us(TimeProvider.System.GetUtcNow());
                        await session.SendAsync(new OrchestratorMessage
                        {
                            HeartbeatReply = new HeartbeatReply { EchoSentAtUs = beat.SentAtUs, ReceivedAtUs = now, RepliedAtUs = now },
                        });
                    }
                }
                else if (message.Applied is { } applied)
                {
                    session.Applied.Enqueue(applied);
                }
                else if (message.RunUpdate is { } update)
                {
                    session.Updates.Enqueue(update);
                }
            }
        }
    }

    private sealed class Relaying(Script script) : ResultRelay.ResultRelayBase
    {
        public override Task<RelayReply> Publish(RelayRequest request, ServerCallContext context)
        {
            var batch = ResultBatch.Parser.ParseFrom(request.Batch);
            foreach (var result in batch.Results)
            {
                script.Results.Enqueue((batch.Checks[(int)result.CheckIndex], result));
            }

            return Task.FromResult(new RelayReply());
        }
    }
}

/// <summary>What the orchestrator does, and what it has heard.</summary>
internal sealed class Script
{
    public Status? RefuseEnrolment { get; set; }
    public Status? RefuseSession { get; set; }

    /// <summary>A credential that opens no session any more.</summary>
    public string Expired { get; set; } = "";
    public Status? RefuseRenewal { get; set; }

    /// <summary>Of credentials; null: an orchestrator from before they expired.</summary>
    public TimeSpan? Life { get; set; }
    public IReadOnlyList<TestSigningKey> Signing { get; set; } = [];
    public IReadOnlyList<KeyEndorsement> Endorsements { get; set; } = [];
    public ConcurrentQueue<RenewRequest> Renewals { get; } = new();
    public bool AnswerHeartbeats { get; set; } = true;
    public long HeartbeatUs { get; set; } = 200_000;
    public LocationKind LocationKind { get; set; } = LocationKind.Cloud;
    public ConcurrentQueue<EnrolRequest> Enrolments { get; } = new();
    public ConcurrentQueue<(string Check, Result Result)> Results { get; } = new();
    public Channel<ScriptedSession> Connected { get; } = Channel.CreateUnbounded<ScriptedSession>();
}

/// <summary>One session as the orchestrator sees it.</summary>
internal sealed class ScriptedSession(Hello hello, string authorization, IServerStreamWriter<OrchestratorMessage> stream)
{
    private readonly SemaphoreSlim _write = new(1);
    private readonly TaskCompletionSource _ended = new();

    public Hello Hello { get; } = hello;
    public string Authorization { get; } = authorization;
    public ConcurrentQueue<Heartbeat> Heartbeats { get; } = new();
    public ConcurrentQueue<Applied> Applied { get; } = new();
    public ConcurrentQueue<RunUpdate> Updates { get; } = new();
    public Task Ended => _ended.Task;
    public Status? Fault { get; private set; }

    public async Task SendAsync(OrchestratorMessage message)
    {
        await _write.WaitAsync();
        try
        {
            await stream.WriteAsync(message);
        }
        finally
        {
            _write.Release();
        }
    }

    public Task SnapshotAsync(long revision, params Check[] checks) => SendAsync(new OrchestratorMessage { Snapshot = Whole(revision, checks) });

    public Task SnapshotAsync(TestSigningKey key, long revision, params Check[] checks) =>
        SendAsync(key.Seal("agent-1", Hello.Nonce, new OrchestratorMessage { Snapshot = Whole(revision, checks) }));

    public void End(Status? fault = null)
    {
        Fault = fault;
        _ended.TrySetResult();
    }

    public static Snapshot Whole(long revision, params Check[] checks) => new()
    {
        Revision = revision,
        End = true,
        Checks = { checks.Select(WireChecks.ToWire) },
        Digest = DigestOf(checks),
    };

    public static ByteString DigestOf(params Check[] checks) =>
        ByteString.CopyFrom(AssignmentDigest.Compute(checks.Select(c => (c.Name, c.Revision))));
}
