using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Api;

/// <summary>What is true of regions: heatmaps, verdicts.</summary>
internal static class HeatmapEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);
    private static readonly int[] NiceMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440];

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/checks/{name}/heatmap", HeatmapAsync).WithTags("regions").WithName("GetHeatmap").WithSummary("One check, region by time")
            .WithQuery(("metric", $"{HeatmapMetrics.Allowed}; default latency_p95"), ("from", Query.TimeAllowed + "; default an hour before to"), ("to", "likewise; default now"),
                ("step", "60 s to 1 day, whole minutes, in seconds or with a unit; default by the span"))
            .Produces<Heatmap>().ProducesProblem(400).ProducesProblem(404);
        api.MapGet("/checks/{name}/regions", RegionsAsync).WithTags("regions").WithName("GetRegions")
            .WithSummary("One check by region: verdict with its evidence, availability, latency and phases")
            .WithQuery(("from", Query.TimeAllowed + "; default 15 minutes before to"), ("to", "likewise; default now"))
            .Produces<IReadOnlyList<RegionReply>>().ProducesProblem(400).ProducesProblem(404);
        api.MapGet("/regions", (IVerdicts verdicts) => TypedResults.Ok(RegionStates.Of(verdicts.All())))
            .WithTags("regions").WithName("GetRegionStates").WithSummary("All regions across checks: what is wrong with the region itself, and agents there that alone see trouble")
            .Produces<IReadOnlyList<RegionState>>();
        api.MapGet("/overview", async (IHeatmapQueries queries, CancellationToken ct) => TypedResults.Ok((await queries.OverviewAsync(TimeSpan.FromMinutes(15), ct)).Select(OverviewReply.Of)))
            .WithTags("regions").WithName("GetOverview").WithSummary("All checks by region over the last 15 minutes").Produces<IReadOnlyList<OverviewReply>>();
    }

    private static async Task<IResult> HeatmapAsync(string name, HttpRequest request, IHeatmapQueries queries, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(request);
        var wanted = query.Text("metric") ?? "latency_p95";
        if (!HeatmapMetrics.TryParse(wanted, out var metric))
        {
            query.Refuse("metric", wanted, HeatmapMetrics.Allowed);
        }

        var (from, to) = Range(query, time.GetUtcNow(), TimeSpan.FromHours(1));
        var step = query.Span("step", TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)) ?? StepOf(to - from);
        if (step.Ticks % TimeSpan.TicksPerMinute != 0 || (to - from) / step > HeatmapQueries.MostSteps)
        {
            query.Refuse("step", $"{step.TotalSeconds} s", $"whole minutes, at most {HeatmapQueries.MostSteps} steps from from to to");
        }

        return query.Refusal ?? (await queries.HeatmapAsync(name, metric, from, to, step, ct) is { } heatmap
            ? TypedResults.Ok(heatmap) : (IResult)Problems.NotFound("check", name));
    }

    private static async Task<IResult> RegionsAsync(string name, HttpRequest request, IHeatmapQueries queries, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(request);
        var (from, to) = Range(query, time.GetUtcNow(), TimeSpan.FromMinutes(15));
        return query.Refusal ?? (await queries.RegionsAsync(name, from, to, ct) is { } regions
            ? TypedResults.Ok(regions.Select(RegionReply.Of)) : (IResult)Problems.NotFound("check", name));
    }

    private static (DateTimeOffset From, DateTimeOffset To) Range(Query query, DateTimeOffset now, TimeSpan usual)
    {
        // The minute under way belongs to the picture.
        var to = query.Time("to") ?? now.AddMinutes(1);
        var from = query.Time("from") ?? to - usual;
        if (from >= to || to - from > Longest)
        {
            query.Refuse("from", $"{from:O}", $"a time before to, at most {Longest.TotalDays} days before");
        }

        return (from, to);
    }

    /// <summary>The finest of some round steps that gives at most 120.</summary>
    private static TimeSpan StepOf(TimeSpan span) =>
        TimeSpan.FromMinutes(NiceMinutes.FirstOrDefault(m => span.TotalMinutes / m <= 120, 1440));
}
