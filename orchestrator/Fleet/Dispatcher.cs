using Microsoft.Extensions.Options;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Sessions;
using SessionOptions = Probes.Orchestrator.Sessions.SessionOptions;

namespace Probes.Orchestrator.Fleet;

/// <summary>
/// Gives agents their shares, and times every move so that each due time is run once: 1. who can take work; 2. who should run what; 3. in each location
/// that changes, from when on; 4. fences for those who are gone; 5. what each agent is told. Called by one loop.
/// </summary>
internal sealed class Dispatcher(
    SessionHub hub, Presence presence, Fences fences, Agreement agreement, ICatalog catalog, IOptions<SessionOptions> options, TimeProvider clock, ILogger<Dispatcher> log)
{
    private readonly Dictionary<string, DateTimeOffset> _effective = new(StringComparer.Ordinal);
    private CatalogSnapshot? _assignedFor;
    private HashSet<Candidate> _assignedTo = [];
    private volatile AssignmentPlan _plan = AssignmentPlan.Empty;
    private bool _again;

    /// <summary>Who runs what, as told last.</summary>
    internal AssignmentPlan Plan => _plan;

    /// <summary>One round; cheap when nothing has changed.</summary>
    internal async Task AssignAsync(CancellationToken ct)
    {
        if (!fences.IsLoaded || !presence.IsLoaded)
        {
            return;
        }

        var current = catalog.Current;
        var live = Live(current);
        var differs = agreement.IsShared && await agreement.DiffersAsync(_plan, ct);
        if (!_again && !differs && ReferenceEquals(current, _assignedFor) && live.SetEquals(_assignedTo) && !Waits(live))
        {
            Quiet(current);
            return;
        }

        // 1. Who can take work. Of several orchestrators one plans at a time, with what the others knew.
        await using var turn = agreement.IsShared ? await agreement.BeginAsync(ct) : null;
        if (turn is not null)
        {
            await catalog.RefreshAsync(ct);
            await presence.ReadAsync(ct);
            await fences.LatestAsync(ct);
            current = catalog.Current;
            live = Live(current);
        }

        await PlanAsync(current, live, ct);
        Quiet(current);
    }

    private async Task PlanAsync(CatalogSnapshot current, HashSet<Candidate> live, CancellationToken ct)
    {
        // 2. Who should run what.
        var wanted = Assigner.Assign(current.Checks.Values, live);
        (_again, _assignedFor) = (true, null);
        var again = false;
        foreach (var location in wanted.Locations.Keys.Union(_plan.Locations.Keys).Order(StringComparer.Ordinal).ToList())
        {
            // Told one by one: what was agreed on stays so when the next one fails.
            var told = await ChangeAsync(location, wanted.Of(location), current, ct);
            again |= !told;
            if (told)
            {
                _plan = new AssignmentPlan(wanted.Locations.TryGetValue(location, out var share) ? _plan.Locations.SetItem(location, share) : _plan.Locations.Remove(location));
            }
        }

        (_again, _assignedFor, _assignedTo) = (again, current, live);
    }

    /// <summary>Whether one has come from another replica, where it had the same, and waits to hear that it keeps it.</summary>
    private bool Waits(HashSet<Candidate> live) => presence.IsShared && live.Any(l => hub.Find(l.PublicId) is { Session: not null, IsAssigned: false });

    /// <summary>False when it has to wait, and nothing was told.</summary>
    private async Task<bool> ChangeAsync(string location, LocationPlan wanted, CatalogSnapshot current, CancellationToken ct)
    {
        // 3. From when on.
        var before = _plan.Of(location);
        var change = HandOver.Between(before, wanted, id => Standing(id, current));
        if (change.Waits)
        {
            return false;
        }

        var effective = Effective(location, change.Kind);
        if (agreement.IsShared)
        {
            effective = await AgreedAsync(location, wanted, change.Kind, effective, ct);
        }

        Tell(location, before, wanted, change, effective, current);
        return true;
    }

    private async Task<DateTimeOffset?> AgreedAsync(string location, LocationPlan wanted, HandOverKind kind, DateTimeOffset? effective, CancellationToken ct)
    {
        var digest = Agreement.Digest(wanted);
        if (kind == HandOverKind.None && agreement.IsAnnounced(location, digest) && agreement.IsAnnounced(location, Agreement.Digest(_plan.Of(location))))
        {
            return effective;
        }

        var agreed = WireTimes.Time(await agreement.AgreeAsync(location, digest, effective is { } at ? WireTimes.Us(at) : 0, ct));
        if (agreed is null || (kind == HandOverKind.None && agreed <= clock.GetUtcNow()))
        {
            return null;
        }

        return _effective[location] = agreed.Value;
    }

    private void Tell(string location, LocationPlan before, LocationPlan wanted, HandOver change, DateTimeOffset? effective, CatalogSnapshot current)
    {
        var effectiveUs = effective is { } at ? WireTimes.Us(at) : 0;

        // 4. Fences.
        foreach (var gone in change.Replaced)
        {
            if (current.AgentsByPublicId.TryGetValue(gone, out var agent) && effective is { } from)
            {
                fences.Open(agent.Id, from);
                Log.Fenced(log, agent.Name, location, from);
            }
        }

        // 5. What each is told.
        foreach (var (id, checks) in wanted.Shares)
        {
            if (hub.Find(id) is { } slot)
            {
                // Before it is told: what it runs from then on counts.
                Unfence(slot, current, effective);
                slot.Assign(checks, effectiveUs);
            }
        }

        foreach (var (id, _) in before.Shares)
        {
            if (!wanted.Shares.ContainsKey(id) && hub.Find(id) is { } slot)
            {
                Release(slot, effectiveUs);
            }
        }

        if (wanted.Shed.Length > 0 && wanted.Shed.Length != before.Shed.Length)
        {
            Log.Sheds(log, location, wanted.Shed.Length, wanted.ShedLoad);
        }
    }

    private HashSet<Candidate> Live(CatalogSnapshot current)
    {
        var live = new HashSet<Candidate>();
        foreach (var agent in current.AgentsById.Values)
        {
            if (agent.Disabled || agent.Drained)
            {
                continue;
            }

            var slot = hub.Find(agent.PublicId);
            if (presence.Elsewhere(agent, slot) is { } away)
            {
                if (away.Location == agent.Location)
                {
                    live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location), away.Capacity, away.Abilities));
                }
            }
            else if (slot is { WelcomedIn: { } place })
            {
                // One that is to move hands over where it is, and joins where it goes when it is welcomed there.
                if (place == agent.Location)
                {
                    live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location), slot.Self.Capacity, slot.Self.Abilities));
                }
            }
            else if (slot?.IsLive(options.Value.Grace) == true)
            {
                live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location), slot.Self.Capacity, slot.Self.Abilities));
            }
            else if (slot is null && presence.IsExpected(agent) && !fences.Current.IsOpen(agent.Id))
            {
                live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location)));
            }
        }

        return live;
    }

    private Standing Standing(string publicId, CatalogSnapshot current)
    {
        var slot = hub.Find(publicId);
        if (!current.AgentsByPublicId.TryGetValue(publicId, out var agent))
        {
            return slot?.Session is not null ? Assignment.Standing.Obeys : Assignment.Standing.Gone;
        }

        if (presence.IsElsewhere(agent, slot))
        {
            return presence.ObeysElsewhere(agent, slot) ? Assignment.Standing.Obeys : Assignment.Standing.Away;
        }

        return slot?.Session is not null ? Assignment.Standing.Obeys
            : !agent.Disabled && (slot?.IsLive(options.Value.Grace) == true || (slot is null && presence.IsExpected(agent))) ? Assignment.Standing.Away
            : Assignment.Standing.Gone;
    }

    /// <summary>Times only grow: a change must not overtake one that was announced and has yet to come.</summary>
    private DateTimeOffset? Effective(string location, HandOverKind kind)
    {
        var now = clock.GetUtcNow();
        var pending = _effective.TryGetValue(location, out var last) && last > now ? last : (DateTimeOffset?)null;
        var ahead = kind switch
        {
            HandOverKind.Planned => now + options.Value.HandOver + (agreement.IsShared ? Agreement.Spread : TimeSpan.Zero),
            HandOverKind.Takeover => now + Fences.Spread,
            _ => pending,
        };
        if (ahead is not { } time)
        {
            return null;
        }

        time = pending > time ? pending.Value : time;
        // Whole microseconds, as on the wire and in the store.
        return _effective[location] = WireTimes.Time(WireTimes.Us(time))!.Value;
    }

    private static void Release(AgentSlot slot, long effectiveUs)
    {
        if (slot.Session is null)
        {
            slot.Unassign();
        }
        else
        {
            slot.Assign([], effectiveUs);
        }
    }

    /// <summary>Those that are connected and are to have nothing: told so once; what was fenced for them ends.</summary>
    private void Quiet(CatalogSnapshot current)
    {
        foreach (var slot in hub.Slots)
        {
            if (slot.Session is { } session && !slot.IsAssigned
                && current.AgentsByPublicId.TryGetValue(slot.PublicId, out var agent) && (agent.Drained || agent.Location != session.Location))
            {
                slot.Assign([], 0);
            }

            if (slot.Session is not null && slot.IsAssigned && fences.Current.IsOpen(slot.Id))
            {
                Unfence(slot, current, null);
            }
        }
    }

    private void Unfence(AgentSlot slot, CatalogSnapshot current, DateTimeOffset? effective)
    {
        if (slot.Session is null || !fences.Current.IsOpen(slot.Id))
        {
            return;
        }

        var from = effective ?? WireTimes.Time(WireTimes.Us(clock.GetUtcNow()))!.Value;
        fences.Close(slot.Id, from);
        if (current.AgentsById.TryGetValue(slot.Id, out var agent))
        {
            Log.Unfenced(log, agent.Name, agent.Location, from);
        }
    }
}
