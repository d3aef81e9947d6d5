using Microsoft.Extensions.Logging;
using Probes.Agent.Fitness;
using Probes.Agent.Policy;
using Probes.Agent.Publish;
using Probes.Agent.Run;
using Probes.Agent.Spool;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>What a session speaks about: the assignment it changes, the clock it measures, and the rest of the agent it reports on.</summary>
internal sealed class SessionParts(
    AgentOptions options, OrchestratorChannel orchestrator, AssignmentKeeper keeper, AgentClock clock, PublishTargetSource targets,
    LocationMemory place, RunPipeline pipeline, OnDemandRuns onDemand, RunCounters counters, ISpool spool, FitnessMonitor fitness, SessionPulse pulse,
    TimeProvider time, ILogger<SessionParts> log)
{
    private static readonly TimeSpan DrainRuns = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainSpool = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="Capabilities"/>.</summary>
    public static IReadOnlyList<string> Understood { get; } =
        [Capabilities.Signed, Capabilities.EffectiveTime, Capabilities.OnDemand, Capabilities.Fitness];

    public OrchestratorChannel Orchestrator => orchestrator;

    public AssignmentKeeper Keeper => keeper;

    public AgentClock Clock => clock;

    public SessionPulse Pulse => pulse;

    public LocationMemory Place => place;

    public OnDemandRuns OnDemand => onDemand;

    /// <summary>Runs a second that this agent declares it can take; 0: not declared.</summary>
    public double Capacity => options.Capacity;

    /// <summary>As welcomed, within 100 ms to 5 min; 5 s when the orchestrator did not say.</summary>
    public static TimeSpan HeartbeatOf(Wire.Welcome welcome) => welcome.HeartbeatUs <= 0
        ? TimeSpan.FromSeconds(5)
        : TimeSpan.FromMicroseconds(Math.Clamp(welcome.HeartbeatUs, 100_000, 300_000_000));

    public Wire.Heartbeat Heartbeat() => new()
    {
        SentAtUs = WireTimes.Us(time.GetUtcNow()),
        Revision = keeper.Held.Revision,
        Checks = keeper.Running,
        RunsExecuted = counters.Executed,
        RunsMissed = counters.Missed,
        RunsLate = counters.Late,
        ResultsDropped = spool.Dropped,
        ResultsQuarantined = spool.Quarantined,
        SpoolDepth = spool.Depth,
        ClockOffsetUs = WireTimes.Us(clock.Offset),
        LastError = counters.LastError,
        Unfit = { fitness.Unfit() },
        Load = counters.Load(time),
    };

    /// <summary>Tells publishing where to go now.</summary>
    public void Publish(IdentityKeeper identities, Wire.Welcome welcome)
    {
        var target = welcome.Publish?.Clone() ?? new Wire.PublishTarget { Relay = new Wire.Relay() };
        if (options.BrokerUri.Length > 0)
        {
            if (target.KindCase == Wire.PublishTarget.KindOneofCase.Amqp)
            {
                target.Amqp.Uri = options.BrokerUri;
            }
            else
            {
                Log.BrokerIgnored(log);
            }
        }

        targets.Set(new PublishRoute(identities.Current.AgentId, identities.Credential, orchestrator.Channel, target));
    }

    /// <summary>Tells operators, with the heartbeats, what went wrong last.</summary>
    public void Blame(string error) => counters.LastError = error;

    /// <summary>Waits for running probes and for the spool to empty, each for a while.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        await pipeline.WaitIdleAsync(DrainRuns);
        var began = time.GetTimestamp();
        while (spool.Depth + fitness.Held > 0 && time.GetElapsedTime(began) < DrainSpool)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
        }
    }
}
