using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Sessions;
using RunState = Probes.Contracts.Wire.RunState;

namespace Probes.Orchestrator.Fleet;

/// <summary>What became of a run on demand in one location.</summary>
internal enum OnDemandState
{
    /// <summary>It ran; there is a result, whatever it says.</summary>
    Done,

    /// <summary>The agent would not run it; the reason says why.</summary>
    Refused,

    /// <summary>The agent said it would, and its answer did not come before the deadline.</summary>
    NoResult,

    /// <summary>The agent did not answer at all before the deadline, or its session ended.</summary>
    NoAnswer,

    /// <summary>The location's agents are connected to another orchestrator: ask there.</summary>
    Elsewhere,

    /// <summary>No agent of the location is connected.</summary>
    Offline,
}

/// <summary>One location's answer.</summary>
/// <param name="Agent">Public id; empty when there is none.</param>
internal sealed record OnDemandRun(string Location, string Agent, string Name, OnDemandState State, string Reason, RunResult? Result);

/// <summary>All answers to one request.</summary>
internal sealed record OnDemandRequest(string Id, DateTimeOffset Deadline, IReadOnlyList<OnDemandRun> Runs);

/// <summary>Runs a check now, once in each location, by agents that are connected here. Results go to the caller alone: nothing is stored or rolled up.</summary>
internal sealed class OnDemandRuns(SessionHub hub, Dispatcher dispatcher, Presence presence, ICatalog catalog, TimeProvider clock)
{
    /// <summary>Requests that wait at once; more are told to come again.</summary>
    internal const int MostAtOnce = 32;

    private int _waiting;

    /// <summary>Null when too many wait already.</summary>
    internal async Task<OnDemandRequest?> RunAsync(CatalogCheck check, IReadOnlyList<string> locations, TimeSpan timeout, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _waiting) > MostAtOnce)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            var id = Guid.NewGuid().ToString("n");
            var deadline = clock.GetUtcNow() + timeout;
            var request = new RunRequest { Id = id, Check = WireChecks.ToWire(check.Check), DeadlineUs = WireTimes.Us(deadline) };
            var runs = await Task.WhenAll(locations.Select(l => RunAsync(check, l, request, timeout, ct)));
            return new OnDemandRequest(id, deadline, runs);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<OnDemandRun> RunAsync(CatalogCheck check, string location, RunRequest request, TimeSpan timeout, CancellationToken ct)
    {
        var (agent, slot) = Choose(check.Check.Name, location);
        if (agent is null || slot?.Session is not { } session)
        {
            return new OnDemandRun(location, agent?.PublicId ?? "", agent?.Name ?? "", agent is null ? OnDemandState.Offline : OnDemandState.Elsewhere,
                agent is null ? "no agent of this location is connected" : "it is connected to another orchestrator", null);
        }

        OnDemandRun Ended(OnDemandState state, string reason, RunResult? result = null) => new(location, agent.PublicId, agent.Name, state, reason, result);
        if (!slot.Self.Can(Capabilities.OnDemand))
        {
            return Ended(OnDemandState.Refused, $"version {slot.Version} of the agent does not know runs on demand");
        }

        var answer = slot.Runs.Expect(request.Id);
        try
        {
            if (!session.TrySend(new OrchestratorMessage { Run = request }))
            {
                return Ended(OnDemandState.Refused, "the agent does not read what it is sent");
            }

            var update = await answer.WaitAsync(timeout, clock, ct);
            return update is null ? Ended(OnDemandState.NoAnswer, "the agent's session ended")
                : update.State != RunState.Done ? Ended(OnDemandState.Refused, update.Reason.Length <= 300 ? update.Reason : update.Reason[..300])
                : update.Result is { } raw && WireResults.FromWire(raw, [check.Check.Name]) is { Result: { } result } ? Ended(OnDemandState.Done, "", result)
                : Ended(OnDemandState.Refused, "the agent's answer cannot be understood");
        }
        catch (TimeoutException)
        {
            return slot.Runs.IsAccepted(request.Id)
                ? Ended(OnDemandState.NoResult, "the agent began, and did not end before the deadline")
                : Ended(OnDemandState.NoAnswer, "the agent did not answer before the deadline");
        }
        finally
        {
            slot.Runs.Forget(request.Id);
        }
    }

    /// <summary>The agent that runs the check there, else any that is connected here, else one that is connected elsewhere.</summary>
    private (CatalogAgent? Agent, AgentSlot? Slot) Choose(string check, string location)
    {
        var owner = dispatcher.Plan.OwnerOf(check, location);
        var here = catalog.Current.AgentsById.Values.Where(a => a.Location == location && !a.Disabled)
            .Select(a => (Agent: a, Slot: hub.Find(a.PublicId)))
            .OrderByDescending(a => a.Agent.PublicId == owner).ThenBy(a => a.Agent.Drained).ThenBy(a => a.Agent.Name, StringComparer.Ordinal).ToList();
        var able = here.Where(a => a.Slot?.WelcomedIn == location).OrderByDescending(a => a.Slot!.Self.Can(Capabilities.OnDemand)).FirstOrDefault();
        return able.Agent is not null ? (able.Agent, able.Slot)
            : (here.Select(a => a.Agent).FirstOrDefault(a => presence.IsElsewhere(a, hub.Find(a.PublicId))), null);
    }
}
