using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>What somebody does to an incident; what is null stays as it is.</summary>
/// <param name="Acknowledged">Whether somebody is on it.</param>
/// <param name="Silence">How long nobody is to be told of it, at most <see cref="IncidentDesk.LongestSilence"/>; zero: they are again.</param>
/// <param name="Finding">"confirmed", "dismissed", or empty: undecided.</param>
/// <param name="Note">At most <see cref="IncidentDesk.LongestNote"/> characters.</param>
internal sealed record IncidentChange(bool? Acknowledged = null, TimeSpan? Silence = null, string? Finding = null, string? Note = null);

/// <summary>Nothing was changed.</summary>
internal sealed class IncidentChangeRefusedException(string what, string message, string allowed) : Exception(message)
{
    public string What { get; } = what;

    public string Allowed { get; } = allowed;
}

/// <summary>What people do to incidents; each act is in the timeline and in the audit log.</summary>
internal sealed class IncidentDesk(IDbContextFactory<ProbesContext> contexts, Audit audit, EventHub events, TimeProvider time)
{
    public const int LongestNote = 4000;

    public static readonly TimeSpan LongestSilence = TimeSpan.FromDays(7);

    private static readonly string[] Findings = ["confirmed", "dismissed", ""];

    /// <summary>False when there is no such incident.</summary>
    /// <exception cref="IncidentChangeRefusedException">A value is not allowed.</exception>
    public async Task<bool> ChangeAsync(Incident incident, IncidentChange change, Caller caller, CancellationToken ct)
    {
        Check(change);
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await db.Incidents.FirstOrDefaultAsync(i => i.Id == incident.Id, ct) is not { } row)
        {
            return false;
        }

        var now = time.GetUtcNow();
        var said = new List<(string Kind, string Text)>();
        if (change.Acknowledged is { } on && on != row.AcknowledgedAt is not null)
        {
            (row.AcknowledgedBy, row.AcknowledgedAt) = (on ? caller.Name : null, on ? now : null);
            said.Add(("acknowledged", on ? "is on it" : "is no longer on it"));
        }

        if (change.Silence is { } silence)
        {
            row.SilencedUntil = silence > TimeSpan.Zero ? now + silence : null;
            said.Add(("silenced", silence > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"silenced it until {row.SilencedUntil!.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : "ended its silence"));
        }

        if (change.Finding is { } finding && finding != (row.Finding ?? ""))
        {
            row.Finding = finding.Length > 0 ? finding : null;
            said.Add(("finding", finding switch { "confirmed" => "confirmed it: it was real", "dismissed" => "dismissed it: a false alarm", _ => "took the finding back" }));
        }

        if (change.Note?.Trim() is { Length: > 0 } note)
        {
            said.Add(("note", note));
        }

        if (said.Count == 0)
        {
            return true;
        }

        db.IncidentEvents.AddRange(said.Select(s => new IncidentEventEntity { IncidentId = row.Id, At = now, Kind = s.Kind, Actor = caller.Name, Text = s.Text.Replace('\0', ' ') }));
        await db.SaveChangesAsync(ct);
        foreach (var (kind, text) in said)
        {
            await audit.WriteAsync(caller, $"incident.{kind}", $"incident/{row.Id}", null, text, ct, row.Project);
        }

        foreach (var check in incident.Impacts.Select(i => i.Check).Distinct())
        {
            events.Publish(new LiveEvent("incident", check));
        }

        return true;
    }

    private static void Check(IncidentChange change)
    {
        if (change.Silence < TimeSpan.Zero || change.Silence > LongestSilence)
        {
            throw new IncidentChangeRefusedException("silence", "is not allowed", $"0s to {Durations.Format(LongestSilence)}");
        }

        if (change.Finding is { } finding && !Findings.Contains(finding, StringComparer.Ordinal))
        {
            throw new IncidentChangeRefusedException("finding", $"'{(finding.Length > 40 ? finding[..40] : finding)}' is not allowed", "confirmed, dismissed, or empty");
        }

        if (change.Note is { } note && (note.Length > LongestNote || (note.Length > 0 && string.IsNullOrWhiteSpace(note))))
        {
            throw new IncidentChangeRefusedException("note", note.Length > LongestNote ? "is too long" : "is empty", $"1 to {LongestNote} characters");
        }
    }
}
