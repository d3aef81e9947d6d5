using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Api;

/// <summary>Why a region is flagged, or is not, at any minute.</summary>
internal static class WhyEndpoints
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/checks/{name}/why", AskAsync).WithTags("regions").WithName("Why")
            .WithSummary("Why a check in a region was flagged, or was not: each threshold with what was held against it, the evidence, and all of it in words")
            .WithQuery(("region", "required: a region the check runs in"), ("at", "any minute whose rollup is still stored, default now: " + Query.TimeAllowed))
            .Produces<WhyAnswer>().ProducesProblem(400).ProducesProblem(404);

    private static async Task<IResult> AskAsync(string name, HttpRequest request, ICatalog catalog, WhyQuery why, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(request);
        if (!catalog.Current.Checks.TryGetValue(name, out var check))
        {
            return Problems.NotFound("check", name);
        }

        var at = query.Time("at");
        var regions = Regions.Of(catalog.Current, check.Check);
        var region = query.Text("region");
        if (region is null || !regions.Contains(region))
        {
            query.Refuse("region", region ?? "", $"one the check runs in: {string.Join(", ", regions)}");
        }

        if (at > time.GetUtcNow() || at < why.Earliest)
        {
            query.Refuse("at", $"{at:O}", $"a time from {why.Earliest.UtcDateTime:yyyy-MM-ddTHH:mm}Z, whose rollups are still stored, to now");
        }

        return query.Refusal ?? (IResult)TypedResults.Ok(await why.AskAsync(name, region!, at, ct));
    }
}
