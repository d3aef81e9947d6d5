using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Api;

/// <param name="Locations">Where; absent: everywhere the check runs.</param>
/// <param name="Timeout">How long to wait for answers, 1s to 60s; absent: the check's own time-out and 5 s.</param>
public sealed record RunRequest(IReadOnlyList<string>? Locations, string? Timeout);

/// <summary>What became of it in one location.</summary>
/// <param name="State">done, refused, noResult, noAnswer, elsewhere (connected to another orchestrator that cannot be asked) or offline.</param>
/// <param name="Result">With done only.</param>
public sealed record RunReply(string Location, string Agent, string State, string Reason, ResultReply? Result);

/// <param name="Deadline">After it an agent refuses to begin.</param>
public sealed record RunsReply(string Id, string Check, DateTimeOffset Deadline, IReadOnlyList<RunReply> Runs);

/// <summary>Runs on demand: made now, answered to the caller, kept nowhere.</summary>
internal static class RunEndpoints
{
    private const int MostLocations = 100;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    public static void Map(RouteGroupBuilder api) =>
        api.MapPost("/checks/{name}/runs", RunAsync).WithTags("checks").WithName("RunCheck")
            .WithSummary("Run a check now, once in each location; its results are in the answer and nowhere else")
            .Accepts<RunRequest>("application/json").Produces<RunsReply>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);

    private static async Task<IResult> RunAsync(
        string name, HttpContext context, ICatalog catalog, ProjectScope scope, OnDemandRuns runs, Audit audit, CancellationToken ct)
    {
        if (!catalog.Current.Checks.TryGetValue(name, out var check))
        {
            return Problems.NotFound("check", name);
        }

        var (request, refusal) = await Bodies.ReadJsonAsync<RunRequest>(context.Request, ct);
        if (request is null)
        {
            return refusal!;
        }

        var timeout = check.Check.Timeout + Margin < Most ? check.Check.Timeout + Margin : Most;
        if (request.Timeout is { } text && (!Durations.TryParse(text, out timeout) || timeout < Least || timeout > Most))
        {
            return Problems.Field("timeout", $"'{(text.Length <= 40 ? text : text[..40])}' is not allowed", $"{Durations.Format(Least)} to {Durations.Format(Most)}");
        }

        var everywhere = catalog.Current.Locations.Keys.Where(l => catalog.Current.Runs(check.Check, l)).ToList();
        var wanted = request.Locations?.Select(l => QualifiedName.Resolve(QualifiedName.ProjectOf(name), l ?? "")).Distinct(StringComparer.Ordinal).ToList() ?? everywhere;
        if (wanted.FirstOrDefault(l => !everywhere.Contains(l)) is { } foreign)
        {
            return Problems.Field("locations", $"the check does not run in '{(foreign.Length <= 128 ? foreign : foreign[..128])}'", string.Join(", ", everywhere.Take(20)));
        }

        if (wanted.Count is 0 or > MostLocations)
        {
            return Problems.Field("locations", $"{wanted.Count} are not allowed", $"1 to {MostLocations}");
        }

        await audit.WriteAsync(Caller.Of(context), "check.run", $"check/{name}", null, string.Join(", ", wanted), ct, QualifiedName.ProjectOf(name));
        return await runs.RunAsync(check, wanted, timeout, ct) is { } made
            ? TypedResults.Ok(new RunsReply(made.Id, name, made.Deadline, [.. made.Runs.Select(r => Reply(r, catalog.Current, scope))]))
            : Problems.TooMany($"{OnDemandRuns.MostAtOnce} runs on demand are under way already: come again in a moment");
    }

    private static RunReply Reply(OnDemandRun run, CatalogSnapshot snapshot, ProjectScope scope)
    {
        // Agents of another project's shared location go by its name.
        var agent = scope.Sees(run.Location) ? run.Name : run.Location;
        var state = run.State.ToString();
        return new RunReply(run.Location, agent, char.ToLowerInvariant(state[0]) + state[1..], run.Reason,
            run.Result is { } result ? ResultEndpoints.Reply(result, result.Check, snapshot.RegionOfLocation(run.Location), run.Location, agent) : null);
    }
}
