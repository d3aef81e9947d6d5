using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Api;

/// <summary>One run's outcome. Phases are milliseconds by name; a phase that did not happen is absent.</summary>
/// <param name="Attempt">Of its due time, from 1 on; 0: the only one.</param>
/// <param name="Retried">It failed and was made again: the attempt after it counts, this one does not.</param>
/// <param name="Unfit">Why its agent was unfit then, such as "resolver"; empty: it was fit.</param>
public sealed record ResultReply(
    string Check, string Region, string Location, string Agent, long CheckRevision, DateTimeOffset DueAt, double LateMs, RunStatus Status, FailureSource Source,
    string Reason, string Message, double DurationMs, IReadOnlyDictionary<string, double> PhasesMs, string Address, int StatusCode,
    IReadOnlyList<AssertionOutcome> Assertions, IReadOnlyDictionary<string, string> Evidence, string Unfit, int Attempt, bool Retried);

/// <param name="NextCursor">To be sent as cursor for the next page; null at the end.</param>
public sealed record ResultsReply(IReadOnlyList<ResultReply> Items, string? NextCursor);

/// <summary>Stored results.</summary>
internal static class ResultEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/results", ListAsync).WithTags("results").WithName("ListResults").WithSummary("Stored results, newest first")
            .WithQuery(("check", "name of a check"), ("region", "name of a region"), ("agent", "name or id of an agent"), ("from", Query.TimeAllowed), ("to", "likewise"),
                ("limit", "1 to 1000, default 100"), ("cursor", "nextCursor of the page before"))
            .Produces<ResultsReply>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, ICatalog catalog, IResultStore store, ProjectScope scope, CancellationToken ct)
    {
        var (query, snapshot) = (new Query(request), catalog.Current);
        var check = query.Text("check");
        if (check is not null && !snapshot.ChecksEver.ContainsKey(check))
        {
            return Problems.NotFound("check", check);
        }

        var wanted = new ResultQuery
        {
            CheckId = check is null ? null : snapshot.ChecksEver[check].Id,
            AgentIds = Agents(query, snapshot, scope),
            From = query.Time("from"),
            To = query.Time("to"),
            Limit = query.Integer("limit", 1, 1000) ?? 100,
            Cursor = query.Text("cursor"),
        };
        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        try
        {
            var page = await store.ReadResultsAsync(wanted, ct);
            return TypedResults.Ok(new ResultsReply([.. page.Items.Select(r => Reply(r, snapshot))], page.NextCursor));
        }
        catch (FormatException)
        {
            return Problems.Field("cursor", "is not a cursor", "nextCursor of the page before");
        }
    }

    private static List<int>? Agents(Query query, CatalogSnapshot snapshot, ProjectScope scope)
    {
        var (region, agent) = (query.Text("region"), query.Text("agent"));
        return region is null && agent is null ? null
            : [.. snapshot.AgentsById.Values
                .Where(a => (region is null || snapshot.RegionOfLocation(a.Location) == region) && (agent is null || a.Name == agent || a.Name == scope.Qualify(agent) || a.PublicId == agent))
                .Select(a => a.Id)];
    }

    private static ResultReply Reply(StoredResult stored, CatalogSnapshot snapshot)
    {
        var agent = snapshot.AgentsById.GetValueOrDefault(stored.AgentId);
        return Reply(stored.Result, snapshot.ChecksById.GetValueOrDefault(stored.CheckId)?.Check.Name ?? stored.Result.Check,
            snapshot.RegionOf(stored.AgentId), agent?.Location ?? "", agent?.Name ?? "");
    }

    internal static ResultReply Reply(RunResult r, string check, string region, string location, string agent)
    {
        var phases = Enum.GetValues<Phase>().Where(p => r.Phases[p] is not null)
            .ToDictionary(p => p.ToString().ToLowerInvariant(), p => r.Phases[p]!.Value.TotalMilliseconds);
        return new ResultReply(
            check, region, location, agent, r.CheckRevision, r.Due, r.Late.TotalMilliseconds, r.Status, r.Source, r.Reason, r.Message, r.Duration.TotalMilliseconds,
            phases, r.Address, r.StatusCode, r.Assertions, r.Evidence, r.Unfit, r.Attempt, r.Retried);
    }
}
