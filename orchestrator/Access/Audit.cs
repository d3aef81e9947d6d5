using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <summary>Remembers every change: who made it, from where, and what was there before and after.</summary>
internal sealed class Audit(IDbContextFactory<ProbesContext> contexts, TimeProvider clock)
{
    // Documents are small; whatever is larger is cut, and says so.
    private const int MaxText = 64 * 1024;

    /// <param name="caller">Who did it.</param>
    /// <param name="action">Thing and verb, such as <c>agent.disable</c>.</param>
    /// <param name="target">What it was done to, such as <c>agent/eu-1</c>.</param>
    /// <param name="before">What was there, as a document or JSON; null when nothing was. Never a secret.</param>
    /// <param name="after">What is there now; null when it is gone. Never a secret.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <param name="project">The project of the target, when it has one; the caller's otherwise.</param>
    internal async Task WriteAsync(
        Caller caller, string action, string target, string? before, string? after, CancellationToken ct, string? project = null)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        db.Add(new AuditEntity
        {
            At = clock.GetUtcNow(),
            Actor = caller.Name,
            ActorKind = caller.Kind,
            Address = caller.Address,
            Action = action,
            Target = target,
            Project = project ?? caller.Project,
            Before = Cut(before),
            After = Cut(after),
        });
        await db.SaveChangesAsync(ct);
    }

    private static string? Cut(string? text) => text is { Length: > MaxText } ? text[..MaxText] + "\n... (cut)" : text;
}
