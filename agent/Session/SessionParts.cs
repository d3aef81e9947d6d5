using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Probes.Agent.Fitness;
using Probes.Agent.Policy;
using Probes.Agent.Publish;
using Probes.Agent.Run;
using Probes.Agent.Secrets;
using Probes.Agent.Spool;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>What a session speaks about: the assignment it changes, the clock it measures, and the rest of the agent it reports on.</summary>
internal sealed class SessionParts(
    AgentOptions options, OrchestratorChannel orchestrator, AssignmentKeeper keeper, AgentClock clock, PublishTargetSource targets,
    LocationMemory place, RunPipeline pipeline, OnDemandRuns onDemand, RunCounters counters, ISpool spool, FitnessMonitor fitness, SessionPulse pulse, SecretVault vault,
    TimeProvider time, ILogger<SessionParts> log)
{
    private static readonly TimeSpan DrainRuns = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainSpool = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="Capabilities"/>.</summary>
    public static IReadOnlyList<string> Understood { get; } =
        [Capabilities.Signed, Capabilities.Secrets, Capabilities.EffectiveTime, Capabilities.OnDemand, Capabilities.Fitness];

    public OrchestratorChannel Orchestrator => orchestrator;

    public AssignmentKeeper Keeper => keeper;

    public AgentClock Clock => clock;

    public SessionPulse Pulse => pulse;

    public LocationMemory Place => place;

    public OnDemandRuns OnDemand => onDemand;

    /// <summary>Runs a second that this agent declares it can take; 0: not declared.</summary>
    public double Capacity => options.Capacity;

    public SecretVault Vault => vault;

    /// <summary>As welcomed, within 100 ms to 5 min; 5 s when the orchestrator did not say.</summary>
    public static TimeSpan HeartbeatOf(Wire.Welcome welcome) => welcome.HeartbeatUs <= 0
        ? TimeSpan.FromSeconds(5)
        : TimeSpan.FromMicroseconds(Math.Clamp(welcome.HeartbeatUs, 100_000, 300_000_000));

    public Wire.Heartbeat Heartbeat() => new()
    {
        SentAtUs = WireTimes.Us(clock.Machine),
        Revision = keeper.Held.Revision,
        Checks = keeper.Running,
        RunsExecuted = counters.Executed,
        RunsMissed = counters.Missed,
        RunsLate = counters.Late,
        ResultsDropped = spool.Dropped,
        ResultsQuarantined = spool.Quarantined,
        SpoolDepth = spool.Depth,
        ClockOffsetUs = WireTimes.Us(clock.WallOffset),
        LastError = vault.Redact(counters.LastError),
        Unfit = { fitness.Unfit() },
        Load = counters.Load(time),
        Transport = targets.Transport,
    };

    /// <summary>Tells publishing where to go now.</summary>
    public void Publish(IdentityKeeper identities, Wire.Welcome welcome)
    {
        var said = welcome.Publish ?? new Wire.PublishTarget { Relay = new Wire.Relay() };
        identities.Change(identity => identity with { Publish = TargetChoice.IsKeepable(said) ? Convert.ToBase64String(said.ToByteArray()) : "" });
        Publish(identities, said);
    }

    /// <summary>Goes on publishing where the last process was told to, until an orchestrator says more.</summary>
    public void PublishAsBefore(IdentityKeeper identities)
    {
        if (identities.Current.Publish.Length > 0)
        {
            Publish(identities, Wire.PublishTarget.Parser.ParseFrom(Convert.FromBase64String(identities.Current.Publish)));
        }
    }

    private void Publish(IdentityKeeper identities, Wire.PublishTarget said)
    {
        var choice = TargetChoice.Of(said, options);
        if (choice.Remark.Length > 0)
        {
            Log.TargetRemark(log, choice.Remark);
        }

        targets.Set(new PublishRoute(identities.Current.AgentId, identities.Credential, orchestrator.Channel, choice.Target));
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
