using System.Text.Json;
using Microsoft.Extensions.Options;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Projects;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Probes.Orchestrator.Api;

/// <summary>Whether a backtest runs at this orchestrator, and how far it is.</summary>
public sealed record BacktestStatus(bool Running, string? Part, long Done, long Of);

/// <summary>Stored history replayed through detection by other settings.</summary>
internal static class BacktestEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/backtest", RunAsync).WithTags("regions").WithName("Backtest")
            .WithSummary("What the settings in force, and those of a rule, would have flagged over stored history, held against the incidents people confirmed or dismissed. "
                + "The answer is a line of JSON for each step, the last with part 'done' and the report. To hang up breaks it off; one runs at a time")
            .WithDocuments("One document of apiVersion probes/v1 and kind DetectorRule; empty: the settings in force alone", required: false)
            .WithQuery(("from", "required, at most 31 days before to: " + Query.TimeAllowed), ("to", "default now: likewise"), ("check", "this check only; may be repeated; default all"),
                ("region", "this region only; may be repeated; default all"), ("strict", "true or false, default false: what overlaps no incident at all is a false alarm too"))
            .Produces<BacktestProgress>(200, "application/x-ndjson").ProducesProblem(400).ProducesProblem(413).ProducesProblem(429);
        api.MapGet("/backtest", (BacktestGate gate) => TypedResults.Ok(gate.Progress is { } p ? new BacktestStatus(true, p.Part, p.Done, p.Of) : new BacktestStatus(false, null, 0, 0)))
            .WithTags("regions").WithName("GetBacktest").WithSummary("Whether a backtest runs at this orchestrator, and how far it is").Produces<BacktestStatus>();
    }

    private static async Task<IResult> RunAsync(
        HttpRequest request, ICatalog catalog, ProjectScope scope, BacktestPlanner planner, BacktestRun run, BacktestGate gate, IOptions<JsonOptions> json, CancellationToken ct)
    {
        var query = new Query(request);
        var (from, to, strict) = (query.Time("from"), query.Time("to"), query.Flag("strict") ?? false);
        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        if (await Bodies.ReadAsync(request, ct) is not { } text)
        {
            return Problems.TooLarge(Bodies.Largest);
        }

        DetectorRule? rule = null;
        if (!string.IsNullOrWhiteSpace(text))
        {
            (rule, var errors) = DetectorRules.Read(text, "body", scope.Standard, DetectorSettings.All, catalog.Current.Checks.ContainsKey);
            if (errors.Count > 0)
            {
                return Problems.Documents(errors);
            }
        }

        BacktestPlan plan;
        try
        {
            plan = planner.Make(new BacktestRequest(from, to, Values(request, "check"), Values(request, "region"), rule, strict));
        }
        catch (BacktestRefusedException refused)
        {
            return Problems.Field(refused.What, refused.Message, refused.Allowed);
        }

        return gate.TryBegin()
            ? TypedResults.Stream(stream => WriteAsync(stream, run, gate, plan, json.Value.SerializerOptions, ct), "application/x-ndjson")
            : Problems.TooMany("a backtest runs here already: wait until it is done, or break it off");
    }

    private static async Task WriteAsync(Stream stream, BacktestRun run, BacktestGate gate, BacktestPlan plan, JsonSerializerOptions json, CancellationToken ct)
    {
        try
        {
            await foreach (var progress in run.RunAsync(plan, ct))
            {
                await JsonSerializer.SerializeAsync(stream, progress, json, ct);
                await stream.WriteAsync("\n"u8.ToArray(), ct);
                await stream.FlushAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        finally
        {
            gate.End();
        }
    }

    private static string[] Values(HttpRequest request, string name) => [.. request.Query[name].OfType<string>().Where(v => v.Length > 0)];
}
