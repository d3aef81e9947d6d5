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

/// <summary>Runs a check now, once in each location or by given agents, whichever orchestrator they are connected to. Results go to the caller alone: nothing is stored or rolled up.</summary>
internal sealed class OnDemandRuns(SessionHub hub, LocalRuns local, RunCalls calls, Dispatcher dispatcher, Presence presence, ICatalog catalog, TimeProvider clock)
{
    /// <summary>Requests that wait at once; more are told to come again.</summary>
    internal const int MostAtOnce = 32;

    private int _waiting;

    /// <summary>By one agent of each location. Null when too many wait already.</summary>
    internal Task<OnDemandRequest?> RunAsync(CatalogCheck check, IReadOnlyList<string> locations, TimeSpan timeout, CancellationToken ct) =>
        RunAsync(check, locations.Select(l => (l, Choose(check.Check.Name, l))), timeout, ct);

    /// <summary>By these agents, whether they run the check on schedule or a peer of theirs does; one in whose location the check does not run is not asked. Null when too many wait already.</summary>
    internal Task<OnDemandRequest?> RunByAsync(CatalogCheck check, IReadOnlyList<int> agents, TimeSpan timeout, CancellationToken ct)
    {
        var current = catalog.Current;
        return RunAsync(check, agents.Select(id => current.AgentsById.GetValueOrDefault(id)).OfType<CatalogAgent>()
            .Where(a => current.Runs(check.Check, a.Location))
            .Select(a => (a.Location, Reach(a.Location).Where(r => r.Agent!.Id == a.Id).Select(r => (r.Agent, r.Replica)).FirstOrDefault())), timeout, ct);
    }

    private async Task<OnDemandRequest?> RunAsync(CatalogCheck check, IEnumerable<(string Location, (CatalogAgent? Agent, string? Replica) Chosen)> places, TimeSpan timeout, CancellationToken ct)
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
            var runs = await Task.WhenAll(places.Select(p => RunAsync(check, p.Location, p.Chosen, request, timeout, ct)));
            return new OnDemandRequest(id, deadline, runs);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<OnDemandRun> RunAsync(CatalogCheck check, string location, (CatalogAgent? Agent, string? Replica) chosen, RunRequest request, TimeSpan timeout, CancellationToken ct)
    {
        if (chosen is not ({ } agent, var replica))
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
        return Reach(location).OrderByDescending(a => a.Knows).ThenByDescending(a => a.Agent!.PublicId == owner)
            .ThenBy(a => a.Replica is not null).ThenBy(a => a.Agent!.Drained).ThenBy(a => a.Agent!.Name, StringComparer.Ordinal)
            .Select(a => (a.Agent, a.Replica)).FirstOrDefault();
    }

    /// <summary>Agents of a location that are connected; where, null: here; and whether they know runs on demand, as far as that is known here.</summary>
    private IEnumerable<(CatalogAgent? Agent, string? Replica, bool Knows)> Reach(string location) =>
        catalog.Current.AgentsById.Values.Where(a => a.Location == location && !a.Disabled)
            .Select(a => (Agent: a, Slot: hub.Find(a.PublicId)))
            .Select(a => (a.Agent, a.Slot, Elsewhere: presence.Elsewhere(a.Agent, a.Slot)))
            .Where(a => a.Elsewhere is { } there ? there is { Left: null } && there.Location == location : a.Slot?.WelcomedIn == location)
            .Select(a => ((CatalogAgent?)a.Agent, a.Elsewhere?.Replica, a.Elsewhere is not null || a.Slot!.Self.Can(Capabilities.OnDemand)));
}
