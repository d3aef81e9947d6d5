using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>The open incidents while one round of verdicts is written into them.</summary>
/// <param name="now">Of the round.</param>
/// <param name="incidents">Those that are open or ended lately, the oldest first.</param>
/// <param name="impacts">Their parts that are open or ended lately.</param>
internal sealed class IncidentRound(DateTimeOffset now, List<IncidentEntity> incidents, List<ImpactEntity> impacts)
{
    private readonly HashSet<long> _claimed = [];
    private readonly HashSet<long> _opened = [];
    private readonly HashSet<long> _blamed = [];

    public DateTimeOffset Now => now;

    public List<IncidentEntity> Incidents => incidents;

    public List<ImpactEntity> Impacts => impacts;

    /// <summary>What is to be added to the timelines.</summary>
    public List<IncidentEventEntity> Events { get; } = [];

    /// <summary>Checks whose listeners should hear of it.</summary>
    public HashSet<string> Told { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The incident that a cause belongs to: the oldest that has one of its open parts, else one that is open or ended just now, of the same cause or with the same pair.
    /// Each is claimed once.
    /// </summary>
    public IncidentEntity? Main(string project, Cause cause, IReadOnlyCollection<ImpactEntity> parts, HashSet<(string Check, string Region)> pairs)
    {
        var main = incidents.Find(i => !_claimed.Contains(i.Id) && i.EndedAt is null && parts.Any(p => p.IncidentId == i.Id))
            ?? incidents.Find(i => !_claimed.Contains(i.Id) && i.Project == project
                && (IncidentRows.CauseOf(i).Key == cause.Key || impacts.Exists(p => p.IncidentId == i.Id && pairs.Contains((p.Check, p.Region)))))
            // Another cause has claimed it for its part: they stay together.
            ?? incidents.Find(i => i.EndedAt is null && parts.Any(p => p.IncidentId == i.Id));
        if (main is not null)
        {
            _claimed.Add(main.Id);
        }

        return main;
    }

    public void Reopen(IncidentEntity incident)
    {
        if (incident.EndedAt is not null)
        {
            incident.EndedAt = null;
            Note(incident, "again", "it flared up again");
        }
    }

    /// <summary>Corrects what it is blamed on, and what it has grown to; what is the same in other numbers is written now and then.</summary>
    public void Blame(IncidentEntity incident, Cause cause, TimeSpan refresh)
    {
        if (_opened.Contains(incident.Id) || !_blamed.Add(incident.Id))
        {
            return;
        }

        var told = IncidentRows.CauseOf(incident);
        var same = told.Key == cause.Key;
        if (same && cause.Worse <= told.Worse && (cause.Phase is null || told.Phase is not null) && now - incident.UpdatedAt < refresh)
        {
            return;
        }

        if (!same)
        {
            Note(incident, "blamed", $"now blamed on {cause.Words}");
        }

        IncidentRows.Write(incident, cause);
        incident.UpdatedAt = now;
    }

    public void Joined(IncidentEntity incident, ImpactEntity impact)
    {
        _claimed.Add(incident.Id);
        Told.Add(impact.Check);
        incident.StartedAt = impact.StartedAt < incident.StartedAt ? impact.StartedAt : incident.StartedAt;
        Raise(incident, impact);
        if (!_opened.Contains(incident.Id) || impacts.Count(i => i.IncidentId == incident.Id) > 1)
        {
            Note(incident, "spread", $"{impact.Check} in {impact.Region}: {impact.Summary}");
        }
    }

    public void Worse(ImpactEntity impact)
    {
        Told.Add(impact.Check);
        if (incidents.Find(i => i.Id == impact.IncidentId) is { } incident)
        {
            Raise(incident, impact);
            Note(incident, "worse", $"{impact.Check} is down in {impact.Region}");
        }
    }

    /// <summary>Takes the parts of one incident into another, when all that is open of it has the other's cause.</summary>
    public async Task MergeAsync(ProbesContext db, long from, IncidentEntity into, HashSet<(string, string)> pairs, CancellationToken ct)
    {
        if (_claimed.Contains(from) || incidents.Find(i => i.Id == from) is not { } other || other.Project != into.Project
            || impacts.Any(i => i.IncidentId == from && i.EndedAt is null && !pairs.Contains((i.Check, i.Region))))
        {
            return;
        }

        // Ended parts are not at hand.
        foreach (var part in await db.Impacts.Where(i => i.IncidentId == from).ToListAsync(ct))
        {
            part.IncidentId = into.Id;
            Told.Add(part.Check);
            Raise(into, part);
        }

        into.StartedAt = other.StartedAt < into.StartedAt ? other.StartedAt : into.StartedAt;
        into.AcknowledgedBy ??= other.AcknowledgedBy;
        into.AcknowledgedAt ??= other.AcknowledgedAt;
        (other.MergedInto, other.EndedAt, other.UpdatedAt) = (into.Id, now, now);
        Note(other, "merged", $"it is a part of incident {into.Id}: the same cause");
        Note(into, "merged", $"incident {other.Id} has the same cause: {Titles.Of(IncidentRows.CauseOf(other))}");
    }

    /// <summary>Ends incidents whose last part has ended.</summary>
    public void Close()
    {
        foreach (var incident in incidents.Where(i => i.EndedAt is null && !impacts.Any(p => p.IncidentId == i.Id && p.EndedAt is null)))
        {
            incident.EndedAt = impacts.Where(p => p.IncidentId == incident.Id).Max(p => p.EndedAt) ?? now;
            incident.UpdatedAt = now;
            Note(incident, "ended", "all of its checks are well again, where they were not");
        }
    }

    public void Note(IncidentEntity incident, string kind, string text)
    {
        if (kind == "opened")
        {
            _opened.Add(incident.Id);
            _claimed.Add(incident.Id);
        }

        Events.Add(new IncidentEventEntity { IncidentId = incident.Id, At = now, Kind = kind, Actor = "", Text = text });
    }

    private static void Raise(IncidentEntity incident, ImpactEntity impact)
    {
        if (IncidentRows.Level(impact.Level) > IncidentRows.Level(incident.Level))
        {
            incident.Level = impact.Level;
        }
    }
}
