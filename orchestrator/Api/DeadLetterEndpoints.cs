using Microsoft.AspNetCore.Http.HttpResults;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Ingest;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Api;

/// <param name="Source">Who sent it, as the broker validated it: an agent's id, or the user that all share.</param>
/// <param name="Agent">Name of the agent that the source is; empty: none.</param>
/// <param name="Whole">Whether all of it was kept, so that it can be replayed.</param>
/// <param name="Body">The message, base64: of lists the first 4 KiB, of a single letter all that was kept.</param>
public sealed record DeadLetterReply(long Id, DateTimeOffset At, string Source, string Agent, string Reason, int Size, bool Whole, string Body);

/// <summary>Messages that could not be taken: looked at, replayed, thrown away. Nobody knows whose project they are of, so keys that are bound to one see none.</summary>
internal static class DeadLetterEndpoints
{
    private const int ShownBody = 4096;

    public static void Map(RouteGroupBuilder api)
    {
        var letters = api.MapGroup("/dead-letters").WithTags("operations");
        letters.MapGet("", ListAsync).WithName("ListDeadLetters")
            .WithSummary("Messages that could not be taken, with the reason, newest first").WithQuery(("limit", "1 to 1000, default 100")).Produces<IReadOnlyList<DeadLetterReply>>().ProducesProblem(400);
        letters.MapGet("/{id:long}", ShowAsync).WithName("GetDeadLetter").WithSummary("One of them, whole").Produces<DeadLetterReply>().ProducesProblem(404);
        letters.MapPost("/{id:long}/replay", ReplayAsync).WithName("ReplayDeadLetter")
            .WithSummary("Take it once more; refused again it is kept anew, with the reason of now").Produces<ReplayOutcome>().ProducesProblem(404);
        letters.MapDelete("/{id:long}", DiscardAsync).WithName("DiscardDeadLetter").WithSummary("Throw it away").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, IResultStore store, ICatalog catalog, CancellationToken ct)
    {
        var query = new Query(request);
        var limit = query.Integer("limit", 1, 1000) ?? 100;
        return query.Refusal ?? (IResult)TypedResults.Ok((await store.ReadDeadLettersAsync(limit, ct)).Select(d => Reply(d, catalog, ShownBody)));
    }

    private static async Task<IResult> ShowAsync(long id, DeadLetterBook book, ICatalog catalog, ProjectScope scope, CancellationToken ct) =>
        scope.Bound is null && await book.FindAsync(id, ct) is { } letter ? TypedResults.Ok(Reply(letter, catalog, int.MaxValue)) : NoSuch(id);

    private static async Task<IResult> ReplayAsync(long id, HttpContext http, DeadLetterReplay replay, ProjectScope scope, CancellationToken ct) =>
        scope.Bound is null && await replay.ReplayAsync(Caller.Of(http), id, ct) is { } outcome ? TypedResults.Ok(outcome) : NoSuch(id);

    private static async Task<IResult> DiscardAsync(long id, HttpContext http, DeadLetterReplay replay, ProjectScope scope, CancellationToken ct) =>
        scope.Bound is null && await replay.DiscardAsync(Caller.Of(http), id, ct) ? TypedResults.NoContent() : NoSuch(id);

    private static ProblemHttpResult NoSuch(long id) => Problems.NotFound("dead letter", id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static DeadLetterReply Reply(DeadLetter d, ICatalog catalog, int most) => new(
        d.Id, d.At, d.Source, catalog.Current.AgentsByPublicId.GetValueOrDefault(d.Source)?.Name ?? "", d.Reason, d.Size, d.Body.Length == d.Size,
        Convert.ToBase64String(d.Body.AsSpan(0, Math.Min(d.Body.Length, most))));
}
