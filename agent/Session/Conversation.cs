using Grpc.Core;
using Microsoft.Extensions.Logging;
using Probes.Agent.Probes;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>One session from hello to its end. Reading, heartbeats and a single writer; whichever ends first ends all.</summary>
internal sealed class Conversation(SessionParts parts, IdentityKeeper identities, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan WelcomeLimit = TimeSpan.FromSeconds(15);

    /// <summary>New for each process start, so that the orchestrator can tell two processes with one identity apart.</summary>
    internal required string InstanceId { get; init; }

    /// <summary>Where the orchestrator says this agent is; empty before the welcome.</summary>
    public string Location => _welcome?.Location ?? "";

    /// <summary>Whether a whole assignment has come in this session.</summary>
    public bool Assigned { get; private set; }

    // What comes signed is signed for this session alone.
    private readonly string _nonce = Guid.NewGuid().ToString("n");
    private readonly AssignmentAssembler _assembler = parts.Keeper.Assembler();
    private readonly SemaphoreSlim _write = new(1);
    private readonly ClockSamples _samples = new();
    private Wire.Welcome? _welcome;
    private long _welcomedAt;
    private long _answeredAt;
    private (long SentUs, long At) _beat;
    private bool _pending;
    private SessionEnd? _end;

    public void Dispose() => _write.Dispose();

    /// <exception cref="OperationCanceledException">The agent stops.</exception>
    public async Task<SessionEnd> RunAsync(bool resync, CancellationToken stopping)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var call = new Wire.AgentSession.AgentSessionClient(parts.Orchestrator.Channel)
            .Connect(new Metadata { { "authorization", $"Bearer {identities.Current.Credential}" } }, cancellationToken: cut.Token);
        var heartbeats = Task.CompletedTask;
        try
        {
            // 1. Hello, and welcome within a limit.
            using (var limit = time.CreateTimer(_ => Cut(cut, "no welcome came"), null, WelcomeLimit, Timeout.InfiniteTimeSpan))
            {
                await GreetAsync(call, Hello(resync), cut.Token);
                if (!await call.ResponseStream.MoveNext(cut.Token) || call.ResponseStream.Current.Welcome is not { } welcome)
                {
                    return End(SessionErrorClass.Transient, "the orchestrator did not say welcome");
                }

                Welcome(welcome);
            }

            // 2. Heartbeats from now on: the first measures the clock.
            heartbeats = HeartbeatAsync(call, cut);

            // 3. Whatever comes.
            while (await call.ResponseStream.MoveNext(cut.Token))
            {
                await TakeAsync(call, call.ResponseStream.Current, cut.Token);
                if (_end is not null)
                {
                    return _end;
                }
            }

            return End(SessionErrorClass.Transient, "the orchestrator ended the session");
        }
        catch (Exception error) when (error is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            stopping.ThrowIfCancellationRequested();
            return _end ?? (error is RpcException rpc
                ? End(SessionErrors.Classify(rpc.Status), parts.Orchestrator.Describe(rpc.Status)) with { RetryAfter = SessionErrors.RetryAfter(rpc) }
                : End(SessionErrorClass.Transient, error.Message));
        }
        finally
        {
            parts.Pulse.Lost();
            await cut.CancelAsync();
            await heartbeats.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task GreetAsync(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call, Wire.Hello hello, CancellationToken ct)
    {
        try
        {
            await SendAsync(call, new Wire.AgentMessage { Hello = hello }, ct);
        }
        catch (RpcException cancelled) when (cancelled.StatusCode == StatusCode.Cancelled && !ct.IsCancellationRequested)
        {
            // Refused before it was read: what was written into is gone, and the answer tells why.
        }
    }

    private void Welcome(Wire.Welcome welcome)
    {
        _welcome = welcome;
        _welcomedAt = _answeredAt = time.GetTimestamp();
        parts.Pulse.Connected(SessionParts.HeartbeatOf(welcome));
        Follow(welcome);
        parts.Publish(identities, welcome);
        if (parts.Place.Learn(welcome.LocationKind))
        {
            parts.Keeper.Judge();
        }

        Log.Connected(log, welcome.Name, welcome.Location, welcome.Region);

        parts.Keeper.Welcome(welcome.Location);
    }

    private async Task TakeAsync(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call, Wire.OrchestratorMessage message, CancellationToken ct)
    {
        if (Open(message) is not { } opened)
        {
            return;
        }

        message = opened;
        switch (message.KindCase)
        {
            case Wire.OrchestratorMessage.KindOneofCase.Snapshot:
                await TakeAsync(call, _assembler.Take(message.Snapshot), ct);
                break;
            case Wire.OrchestratorMessage.KindOneofCase.Diff:
                await TakeAsync(call, _assembler.Take(message.Diff, parts.Keeper.Held), ct);
                break;
            case Wire.OrchestratorMessage.KindOneofCase.Secrets:
                parts.Vault.Take(message.Secrets);
                break;
            case Wire.OrchestratorMessage.KindOneofCase.HeartbeatReply:
                TakeReply(message.HeartbeatReply);
                break;
            case Wire.OrchestratorMessage.KindOneofCase.Run:
                var update = parts.OnDemand.Take(message.Run, done => SendAsync(call, new Wire.AgentMessage { RunUpdate = done }, CancellationToken.None));
                await SendAsync(call, new Wire.AgentMessage { RunUpdate = update }, ct);
                break;
            case Wire.OrchestratorMessage.KindOneofCase.Drain:
                Log.Draining(log, message.Drain.Reason);
                parts.Keeper.Pause(_welcome!.Location);
                await parts.DrainAsync(ct);
                _end = End(SessionErrorClass.SlowRetry, "drained");
                break;
            default:
                // Newer than this agent: nothing to do about it.
                break;
        }
    }

    /// <summary>The message itself; what tells this agent to probe counts only when it is signed. Null, and the session at its end, when it does not count.</summary>
    private Wire.OrchestratorMessage? Open(Wire.OrchestratorMessage message)
    {
        var identity = identities.Current;
        var orders = message.KindCase is Wire.OrchestratorMessage.KindOneofCase.Snapshot
            or Wire.OrchestratorMessage.KindOneofCase.Diff or Wire.OrchestratorMessage.KindOneofCase.Run;
        if (message.KindCase != Wire.OrchestratorMessage.KindOneofCase.Signed && (!orders || identity.SigningKey is null))
        {
            return message;
        }

        var opened = message.KindCase != Wire.OrchestratorMessage.KindOneofCase.Signed
            ? new Opened(null, "an assignment that is not signed was refused")
            : identity.SigningKey is { } key
                ? PinnedKeys.Open(key, identity.AgentId, _nonce, message.Signed)
                : new Opened(null, "a signed assignment came before a key to check it with");
        if (opened.Fault.Length > 0)
        {
            // What we hold goes on running.
            parts.Blame(opened.Fault);
            _end = End(SessionErrorClass.SlowRetry, opened.Fault);
        }

        return opened.Message;
    }

    /// <summary>Goes along with a new signing key that the known one vouches for.</summary>
    private void Follow(Wire.Welcome welcome)
    {
        if (identities.Current.SigningKey is { } pinned && PinnedKeys.Follow(pinned, welcome.KeyRotation) is var key && key != pinned)
        {
            identities.Change(identity => identity with { SigningKey = key });
            Log.KeyFollowed(log, key.KeyId);
        }
    }

    private async Task TakeAsync(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call, Assembly assembly, CancellationToken ct)
    {
        if (assembly.Fault.Length > 0)
        {
            // What we hold goes on running.
            _end = End(SessionErrorClass.Transient, assembly.Fault) with { Resync = true };
        }
        else if (assembly.Complete is { } next)
        {
            parts.Keeper.Accept(next);
            Assigned = true;
            _pending = true;
            ActivateWhenTimed();
            var applied = new Wire.Applied { Revision = next.Revision };
            applied.Refused.Add(next.Refused());
            Log.Applied(log, next.Revision, next.Checks.Count - applied.Refused.Count, applied.Refused.Count);
            await SendAsync(call, new Wire.AgentMessage { Applied = applied }, ct);
        }
    }

    private void TakeReply(Wire.HeartbeatReply reply)
    {
        _answeredAt = time.GetTimestamp();
        parts.Pulse.Heard();
        if (reply.EchoSentAtUs == _beat.SentUs)
        {
            // Our side of the round trip by the monotonic clock: setting the wall clock in between changes nothing.
            var now = _beat.SentUs + (long)time.GetElapsedTime(_beat.At, _answeredAt).TotalMicroseconds;
            parts.Clock.Set(_samples.Add(ClockSample.Of(_beat.SentUs, reply.ReceivedAtUs, reply.RepliedAtUs, now)));
            parts.Keeper.SaveOffset();
        }

        ActivateWhenTimed();
    }

    /// <summary>A machine that is an hour off must not begin before it knows; but one that gets no answer begins after two seconds all the same.</summary>
    private void ActivateWhenTimed()
    {
        if (_pending && (parts.Clock.IsMeasured || time.GetElapsedTime(_welcomedAt) > TimeSpan.FromSeconds(2)))
        {
            _pending = false;
            parts.Keeper.Activate(_welcome!.Location);
        }
    }

    private async Task HeartbeatAsync(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call, CancellationTokenSource cut)
    {
        var every = SessionParts.HeartbeatOf(_welcome!);
        using var timer = new PeriodicTimer(every, time);
        do
        {
            if (time.GetElapsedTime(_answeredAt) > every * 3)
            {
                Cut(cut, $"no answer to heartbeats for {time.GetElapsedTime(_answeredAt).TotalSeconds:0.#} s");
                return;
            }

            var beat = parts.Heartbeat();
            _beat = (beat.SentAtUs, time.GetTimestamp());
            await SendAsync(call, new Wire.AgentMessage { Heartbeat = beat }, cut.Token);
        }
        while (await timer.WaitForNextTickAsync(cut.Token));
    }

    private async Task SendAsync(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> call, Wire.AgentMessage message, CancellationToken ct)
    {
        await _write.WaitAsync(ct);
        try
        {
            await call.RequestStream.WriteAsync(message, ct);
        }
        finally
        {
            _write.Release();
        }
    }

    private Wire.Hello Hello(bool resync) => new()
    {
        InstanceId = InstanceId,
        Version = AgentVersion.Current,
        EngineVersion = ProbeCatalog.EngineVersion,
        Revision = resync ? 0 : parts.Keeper.Held.Revision,
        Kinds = { parts.Keeper.Kinds },
        Capabilities = { SessionParts.Understood },
        Capacity = parts.Capacity,
        Nonce = _nonce,
    };

    /// <summary>The other end is silent.</summary>
    private void Cut(CancellationTokenSource cut, string reason)
    {
        _end ??= End(SessionErrorClass.Transient, reason);
        parts.Orchestrator.Reconnect();
        try
        {
            cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Over already.
        }
    }

    private SessionEnd End(SessionErrorClass error, string reason) =>
        new(error, reason, _welcome is null ? TimeSpan.Zero : time.GetElapsedTime(_welcomedAt));
}
