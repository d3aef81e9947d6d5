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
    SessionHub hub, Presence presence, Fences fences, ICatalog catalog, IOptions<SessionOptions> options, TimeProvider clock, ILogger<Dispatcher> log)
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

        // 1. Who can take work. Before an agent is given up, the other replicas are asked whether it is theirs now.
        var current = catalog.Current;
        var live = Live(current);
        if (presence.IsShared && _assignedTo.Any(a => !live.Any(l => l.PublicId == a.PublicId)))
        {
            await presence.ReadAsync(ct);
            live = Live(current);
        }

        if (!_again && ReferenceEquals(current, _assignedFor) && live.SetEquals(_assignedTo))
        {
            Quiet(current);
            return;
        }

        // 2. Who should run what.
        _again = false;
        var wanted = Assigner.Assign(current.Checks.Values, live);
        var told = wanted.Locations.ToBuilder();
        foreach (var location in wanted.Locations.Keys.Union(_plan.Locations.Keys))
        {
            if (!Change(location, wanted.Of(location), current))
            {
                _again = true;
                told[location] = _plan.Of(location);
            }
        }

        _plan = new AssignmentPlan(told.ToImmutable());
        (_assignedFor, _assignedTo) = (current, live);
        Quiet(current);
    }

    /// <summary>False when it has to wait, and nothing was told.</summary>
    private bool Change(string location, LocationPlan wanted, CatalogSnapshot current)
    {
        // 3. From when on.
        var before = _plan.Of(location);
        var change = HandOver.Between(before, wanted, id => Standing(id, current));
        if (change.Waits)
        {
            return false;
        }

        var effective = Effective(location, change.Kind);
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
                slot.Assign(checks, effectiveUs);
                Unfence(slot, current, effective);
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

        return true;
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
            if (slot is { WelcomedIn: { } place })
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
            else if (presence.IsElsewhere(agent, slot) || (slot is null && presence.IsExpected(agent) && !fences.Current.IsOpen(agent.Id)))
            {
                live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location)));
            }
        }

        return live;
    }

    private Standing Standing(string publicId, CatalogSnapshot current)
    {
        var slot = hub.Find(publicId);
        if (slot?.Session is not null)
        {
            return Assignment.Standing.Obeys;
        }

        return !current.AgentsByPublicId.TryGetValue(publicId, out var agent) || agent.Disabled ? Assignment.Standing.Gone
            : presence.IsElsewhere(agent, slot) ? Assignment.Standing.Obeys
            : slot?.IsLive(options.Value.Grace) == true || (slot is null && presence.IsExpected(agent)) ? Assignment.Standing.Away
            : Assignment.Standing.Gone;
    }

    /// <summary>Times only grow: a change must not overtake one that was announced and has yet to come.</summary>
    private DateTimeOffset? Effective(string location, HandOverKind kind)
    {
        var now = clock.GetUtcNow();
        var pending = _effective.TryGetValue(location, out var last) && last > now ? last : (DateTimeOffset?)null;
        var ahead = kind switch
        {
            HandOverKind.Planned => now + options.Value.HandOver,
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
