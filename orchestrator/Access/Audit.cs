using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>One change to write down.</summary>
internal sealed record AuditNote(string Action, string Target, string? Before, string? After, string? Project = null);

/// <summary>Remembers every change: who made it, from where, and what was there before and after.</summary>
internal sealed class Audit(IDbContextFactory<ProbesContext> contexts, TimeProvider clock)
{
    // Documents are small; whatever is larger is cut, and says so.
    private const int MaxText = 64 * 1024;
    private const int MaxName = 256;

    /// <param name="caller">Who did it.</param>
    /// <param name="action">Thing and verb, such as <c>agent.disable</c>.</param>
    /// <param name="target">What it was done to, such as <c>agent/eu-1</c>.</param>
    /// <param name="before">What was there, as a document or JSON; null when nothing was. Never a secret.</param>
    /// <param name="after">What is there now; null when it is gone. Never a secret.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <param name="project">The project of the target, when it has one; the caller's otherwise.</param>
    internal Task WriteAsync(
        Caller caller, string action, string target, string? before, string? after, CancellationToken ct, string? project = null) =>
        WriteAsync(caller, [new AuditNote(action, target, before, after, project)], ct);

    /// <summary>All of them or none.</summary>
    internal async Task WriteAsync(Caller caller, IReadOnlyList<AuditNote> notes, CancellationToken ct)
    {
        if (notes.Count == 0)
        {
            return;
        }

        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        db.AddRange(notes.Select(n => new AuditEntity
        {
            At = now,
            Actor = Cut(caller.Name, MaxName),
            ActorKind = caller.Kind,
            Address = caller.Address,
            Action = n.Action,
            Target = Cut(n.Target, MaxName),
            Project = n.Project ?? caller.Project,
            Before = n.Before is null ? null : Cut(n.Before, MaxText),
            After = n.After is null ? null : Cut(n.After, MaxText),
        }));
        await db.SaveChangesAsync(ct);
    }

    // PostgreSQL takes no NUL in text.
    private static string Cut(string text, int most) =>
        (text.Length > most ? text[..most] + "\n... (cut)" : text).Replace("\0", "\\0", StringComparison.Ordinal);
}
