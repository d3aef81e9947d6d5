using System.Collections.Concurrent;
using System.Data.Common;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Secrets;
using Probes.Orchestrator.Signing;

namespace Probes.Orchestrator.Sessions;

/// <summary>All sessions of this orchestrator, and the slots of all agents it has met.</summary>
internal sealed class SessionHub(
    ICatalog catalog, PublishTargets targets, AssignmentMessages messages, SigningKeys signing, SecretNeeds secrets, Fences fences, SessionGate gate, EventHub events,
    IOptions<SessionOptions> options, TimeProvider clock, ILogger<SessionHub> log)
{
    private readonly ConcurrentDictionary<string, AgentSlot> _slots = new(StringComparer.Ordinal);

    // Revisions of one agent only grow, over restarts too: they start from the clock, in milliseconds.
    private readonly long _firstRevision = clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Set when someone came or went.</summary>
    internal event Action AgentsChanged = () => { };

    internal IEnumerable<AgentSlot> Slots => _slots.Values;

    internal AgentSlot? Find(string publicId) => _slots.GetValueOrDefault(publicId);

    /// <summary>
    /// An agent must not be judged before it is known who there is: in the first moments after a start, when thousands may knock, all are told to come again.
    /// </summary>
    /// <exception cref="RpcException">UNAVAILABLE, with the time to wait in its trailers.</exception>
    internal void CheckReady()
    {
        if (ReferenceEquals(catalog.Current, CatalogSnapshot.Empty))
        {
            throw gate.NotYet();
        }
    }

    /// <summary>Has every session look whether it is one of its agent's secrets that changed.</summary>
    internal void TellSecrets()
    {
        foreach (var slot in _slots.Values)
        {
            slot.Session?.MarkSecretsChanged();
        }
    }

    /// <summary>Serves one session until either side ends it.</summary>
    /// <exception cref="RpcException">The session is refused, or was cut; its status says what the agent should do.</exception>
    internal async Task RunAsync(
        CatalogAgent agent, IAsyncStreamReader<AgentMessage> incoming, IServerStreamWriter<OrchestratorMessage> outgoing, CancellationToken ct)
    {
        // 1. Hello, when it is its turn, and within a limit.
        using var greeting = gate.Enter();
        var hello = await HelloAsync(incoming, ct);
        var target = targets.For(agent);
        var slot = _slots.GetOrAdd(agent.PublicId, _ => new AgentSlot(agent, _firstRevision, clock));
        using var session = new Session(
            hello.InstanceId, agent.Location, target.KindCase == PublishTarget.KindOneofCase.Amqp ? "amqp" : "relay", hello.Revision, Seal(agent, hello), clock)
        {
            Kind = KindOf(agent),
            Needs = hello.Capabilities.Contains(Capabilities.Secrets) ? secrets : null,
        };

        // 2. One process for each identity.
        if (slot.Admit(session, hello, options.Value.Heartbeat * 2, (await FencesAsync(ct)).IsOpen(agent.Id)) != Admission.Admitted)
        {
            Log.IdentityInUse(log, agent.Name);
            events.Publish(new LiveEvent("agents", ""));
            throw new RpcException(new Status(StatusCode.AlreadyExists, $"agent {agent.Name} is online with another process"));
        }

        Log.Connected(log, agent.Name, agent.Location, hello.Version);
        Tell();
        try
        {
            // 3. Welcome, then the assignment, then whatever comes.
            await outgoing.WriteAsync(new OrchestratorMessage { Welcome = Welcome(agent, target, session.Kind) }, ct);
            greeting.Dispose();
            await ServeAsync(slot, session, incoming, outgoing, ct);
        }
        finally
        {
            if (slot.Leave(session, dead: false))
            {
                Log.Disconnected(log, agent.Name);
                Tell();
            }
        }
    }

    // Another replica may have fenced it a moment ago.
    private async ValueTask<FenceSet> FencesAsync(CancellationToken ct)
    {
        try
        {
            return fences.IsLoaded ? await fences.LatestAsync(ct) : fences.Current;
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or InvalidOperationException)
        {
            return fences.Current;
        }
    }

    /// <exception cref="RpcException">It was none, not in time, or larger than any agent's.</exception>
    private async Task<Hello> HelloAsync(IAsyncStreamReader<AgentMessage> incoming, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, SessionOptions.HelloLimit, Timeout.InfiniteTimeSpan);
        try
        {
            if (!await incoming.MoveNext(limit.Token) || incoming.Current.KindCase != AgentMessage.KindOneofCase.Hello)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, "a session begins with hello"));
            }
        }
        catch (Exception) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no hello came within {SessionOptions.HelloLimit.TotalSeconds:0} s"));
        }

        SessionGate.Check(incoming.Current.Hello);
        return incoming.Current.Hello;
    }

    /// <summary>Signs what the agent is told to probe; one from before signing takes it as it is.</summary>
    private Func<OrchestratorMessage, OrchestratorMessage> Seal(CatalogAgent agent, Hello hello)
    {
        if (!hello.Capabilities.Contains(Capabilities.Signed))
        {
            return message => message;
        }

        var key = signing.Current ?? throw new RpcException(new Status(StatusCode.Unavailable, "the orchestrator has no signing key yet: connect again"));
        return message => key.Seal(agent.PublicId, hello.Nonce, message);
    }

    private async Task ServeAsync(
        AgentSlot slot, Session session, IAsyncStreamReader<AgentMessage> incoming, IServerStreamWriter<OrchestratorMessage> outgoing, CancellationToken ct)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, session.Ended);
        var reading = session.ReadAsync(slot, incoming, both.Token);
        var writing = session.WriteAsync(slot, messages, outgoing, both.Token);
        var first = await Task.WhenAny(reading, writing);
        var cut = session.Ended.IsCancellationRequested;
        await both.CancelAsync();
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cut)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the session was cut: connect again"));
        }

        // A clean end by the agent is a disconnect like any other; a fault of ours is not to be hidden.
        if (first.IsFaulted && !ct.IsCancellationRequested)
        {
            await first;
        }
    }

    private void Tell()
    {
        AgentsChanged();
        events.Publish(new LiveEvent("agents", ""));
    }

    /// <summary>Ends the sessions of agents that fell silent, were disabled or have moved; true when there were any.</summary>
    internal bool Sweep()
    {
        var silence = options.Value.Silence;
        var (swept, news) = (false, false);
        foreach (var slot in _slots.Values)
        {
            news |= slot.TakeNews();
            var agent = catalog.Current.AgentsByPublicId.GetValueOrDefault(slot.PublicId);
            if (agent is not null && slot.Session is { } live && live.Location == agent.Location && live.Kind != KindOf(agent))
            {
                // What it may touch has changed, and only a welcome says so.
                live.Cut();
            }

            var (session, reason) = agent is { Disabled: true } ? (slot.Session, "it was disabled or deleted")
                : agent is not null && slot.WelcomedIn is { } place && place != agent.Location && slot.HasHandedOver(clock.GetUtcNow())
                    ? (slot.Session, $"it is in {agent.Location} now")
                : slot.Deaf is { } deaf ? (deaf, "it does not take its assignment")
                : (slot.Silent(silence), $"nothing was heard for {silence.TotalSeconds:0.#} s");
            if (session is not null && slot.Leave(session, dead: true))
            {
                Log.Cut(log, agent?.Name ?? slot.PublicId, reason);
                session.Cut();
                swept = true;
            }
        }

        if (swept)
        {
            Tell();
        }
        else if (news)
        {
            events.Publish(new LiveEvent("agents", ""));
        }

        return swept;
    }

    private Welcome Welcome(CatalogAgent agent, PublishTarget target, LocationKind kind) => new()
    {
        AgentId = agent.PublicId,
        Name = agent.Name,
        Location = agent.Location,
        Region = catalog.Current.RegionOfLocation(agent.Location),
        HeartbeatUs = (long)options.Value.Heartbeat.TotalMicroseconds,
        Publish = target,
        Capabilities = { AgentSaid.Used },
        LocationKind = kind,
        KeyRotation = { signing.Endorsements },
    };

    private LocationKind KindOf(CatalogAgent agent) =>
        catalog.Current.Locations.TryGetValue(agent.Location, out var place) && place.Type == LocationType.Private ? LocationKind.Private : LocationKind.Cloud;
}
