using System.Globalization;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Access;

/// <param name="Before">What was there, as a document or JSON; null when nothing was.</param>
/// <param name="After">What was there then; null when it was removed.</param>
internal sealed record AuditReply(
    long Id, DateTimeOffset At, string Actor, string ActorKind, string Address, string Action, string Target, string? Project, string? Before, string? After);

/// <param name="Cursor">Send it back for the next page; null at the end.</param>
internal sealed record AuditPageReply(IReadOnlyList<AuditReply> Items, string? Cursor);

/// <summary>The audit log over REST.</summary>
internal static class AuditEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/audit", ReadAsync).WithTags("audit").WithName("ReadAudit").WithSummary("Every change: who, what, before, after, from where; newest first")
            .WithQuery(("actor", "the whole name of who did it"), ("action", "beginning of the action, such as key."), ("target", "beginning of the target, such as check/"),
                ("from", Query.TimeAllowed), ("to", Query.TimeAllowed), ("limit", "1 to 500, default 100"), ("cursor", "of the page before"))
            .Produces<AuditPageReply>().ProducesProblem(400);

    private static async Task<IResult> ReadAsync(HttpRequest request, AuditLog log, ProjectScope scope, CancellationToken ct)
    {
        var query = new Query(request);
        var filter = Filter(query);
        var limit = query.Integer("limit", 1, 500) ?? 100;
        var cursor = Cursor(query);
        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        var page = await log.ReadAsync(filter, scope.Visible, cursor, limit, ct);
        return TypedResults.Ok(new AuditPageReply([.. page.Items.Select(Reply)], page.Cursor?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The filter in a query, for the endpoint and for the page.</summary>
    internal static AuditFilter Filter(Query query) =>
        new(Short(query, "actor"), Short(query, "action"), Short(query, "target"), query.Time("from"), query.Time("to"));

    internal static long? Cursor(Query query)
    {
        if (query.Text("cursor") is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return id;
        }

        query.Refuse("cursor", text, "what the page before gave");
        return null;
    }

    private static string? Short(Query query, string name)
    {
        var text = query.Text(name);
        if (text is { Length: > AuditLog.LongestFilter } || text?.Contains('\0') == true)
        {
            query.Refuse(name, text, $"1 to {AuditLog.LongestFilter} characters");
        }

        return text;
    }

    private static AuditReply Reply(AuditEntity a) => new(a.Id, a.At, a.Actor, a.ActorKind, a.Address, a.Action, a.Target, a.Project, a.Before, a.After);
}
