using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Sessions;

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

    /// <summary>The location's agents are connected to another orchestrator, which could not be asked.</summary>
    Elsewhere,

    /// <summary>No agent of the location is connected.</summary>
    Offline,
}

/// <summary>One location's answer.</summary>
/// <param name="Agent">Public id; empty when there is none.</param>
internal sealed record OnDemandRun(string Location, string Agent, string Name, OnDemandState State, string Reason, RunResult? Result);

/// <summary>All answers to one request.</summary>
internal sealed record OnDemandRequest(string Id, DateTimeOffset Deadline, IReadOnlyList<OnDemandRun> Runs);

/// <summary>Runs a check now, once in each location, whichever orchestrator its agents are connected to. Results go to the caller alone: nothing is stored or rolled up.</summary>
internal sealed class OnDemandRuns(SessionHub hub, LocalRuns local, RunCalls calls, Dispatcher dispatcher, Presence presence, ICatalog catalog, TimeProvider clock)
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
        var (agent, replica) = Choose(check.Check.Name, location);
        if (agent is null)
        {
            return new OnDemandRun(location, "", "", OnDemandState.Offline, "no agent of this location is connected", null);
        }

        var answer = replica is null ? await local.AskAsync(agent.PublicId, request, timeout, ct) : await calls.AskAsync(agent.Id, replica, request, timeout, ct);
        var result = answer.Update?.Result is { } raw && WireResults.FromWire(raw, [check.Check.Name]) is { Result: { } read } ? read : null;
        var (state, reason) = answer.State == OnDemandState.Done && result is null ? (OnDemandState.Refused, "the agent's answer cannot be understood") : (answer.State, answer.Reason);
        return new OnDemandRun(location, agent.PublicId, agent.Name, state, reason, result);
    }

    /// <summary>The agent that runs the check there, else any that is connected here, else one that is connected elsewhere; and where.</summary>
    private (CatalogAgent? Agent, string? Replica) Choose(string check, string location)
    {
        var owner = dispatcher.Plan.OwnerOf(check, location);
        return catalog.Current.AgentsById.Values.Where(a => a.Location == location && !a.Disabled)
            .Select(a => (Agent: a, Slot: hub.Find(a.PublicId)))
            .Select(a => (a.Agent, a.Slot, Elsewhere: presence.Elsewhere(a.Agent, a.Slot)))
            .Where(a => a.Elsewhere is { } there ? there is { Left: null } && there.Location == location : a.Slot?.WelcomedIn == location)
            .OrderByDescending(a => a.Elsewhere is not null || a.Slot!.Self.Can(Capabilities.OnDemand)).ThenByDescending(a => a.Agent.PublicId == owner)
            .ThenBy(a => a.Elsewhere is not null).ThenBy(a => a.Agent.Drained).ThenBy(a => a.Agent.Name, StringComparer.Ordinal)
            .Select(a => ((CatalogAgent?)a.Agent, a.Elsewhere?.Replica)).FirstOrDefault();
    }
}
