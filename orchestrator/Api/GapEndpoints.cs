using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Api;

/// <summary>Runs that an agent made, and whose results it could not keep: neither an outage nor health.</summary>
/// <param name="Check">Empty when the agent did not know it any more.</param>
/// <param name="From">When the first of them was due.</param>
/// <param name="To">When the last of them was due.</param>
/// <param name="ToldAt">When it was reported.</param>
public sealed record GapReply(string Check, string Agent, string Location, string Region, GapReason Reason, long Runs, DateTimeOffset From, DateTimeOffset To, DateTimeOffset ToldAt);

/// <summary>What agents reported dropped.</summary>
internal static class GapEndpoints
{
    private static readonly TimeSpan Lately = TimeSpan.FromDays(1);

    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/gaps", ListAsync).WithTags("results").WithName("ListGaps").WithSummary("Results that agents report dropped, by check and reason, the latest first")
            .WithQuery(("check", "name of a check"), ("from", Query.TimeAllowed + "; default a day before to"), ("to", "likewise; default now"), ("limit", "1 to 1000, default 100"))
            .Produces<IReadOnlyList<GapReply>>().ProducesProblem(400).ProducesProblem(404);

    private static async Task<IResult> ListAsync(HttpRequest request, ICatalog catalog, ProjectScope scope, GapBook book, TimeProvider time, CancellationToken ct)
    {
        var (query, snapshot) = (new Query(request), catalog.Current);
        var to = query.Time("to") ?? time.GetUtcNow();
        var from = query.Time("from") ?? to - Lately;
        var limit = query.Integer("limit", 1, 1000) ?? 100;
        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        int? wanted = null;
        if (query.Text("check") is { } name)
        {
            if (!snapshot.ChecksEver.TryGetValue(name, out var check))
            {
                return Problems.NotFound("check", name);
            }

            wanted = check.Id;
        }

        // Who sees one project sees what its agents and checks have to tell, and of no check what its agents do not know.
        var mine = (await book.ReadAsync(wanted, from, to, scope.Visible is null ? limit : 10_000, ct)).Where(g => snapshot.AgentsById.ContainsKey(g.AgentId)
            && (scope.Visible is null || g.CheckId is not { } id || snapshot.ChecksById.ContainsKey(id)));
        return TypedResults.Ok(mine.Take(limit).Select(g => Reply(g, snapshot)));
    }

    private static GapReply Reply(StoredGap gap, CatalogSnapshot snapshot)
    {
        var agent = snapshot.AgentsById[gap.AgentId];
        var check = gap.CheckId is { } id ? snapshot.ChecksById.GetValueOrDefault(id)?.Check.Name ?? snapshot.ChecksEver.Values.FirstOrDefault(c => c.Id == id)?.Check.Name : null;
        return new GapReply(check ?? "", agent.Name, agent.Location, snapshot.RegionOf(gap.AgentId), gap.Reason, gap.Runs, gap.From, gap.To, gap.ToldAt);
    }
}
