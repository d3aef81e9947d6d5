using System.Text.Json;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Orchestrator.Api;

/// <summary>Rollups are made by themselves; here an administrator has those of a span made again.</summary>
internal static class RollupEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static void Map(RouteGroupBuilder api) =>
        api.MapPost("/rollups/rebuild", RebuildAsync).WithTags("operations").WithName("RebuildRollups").WithMetadata(new NeedsRoleAttribute(Role.Admin))
            .WithSummary("Make the rollups of a span again from stored results; the answer is a line of JSON for each step, the last with part 'done'. To hang up breaks it off")
            .WithQuery(("from", "required: " + Query.TimeAllowed), ("to", "required, after from: likewise"), ("check", "of this check only; default all"))
            .Produces<RebuildProgress>(200, "application/x-ndjson").ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);

    private static async Task<IResult> RebuildAsync(
        HttpContext http, RollupRebuild rebuild, ICatalog catalog, ProjectScope scope, Audit audit, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(http.Request);
        var (from, to) = (query.Time("from"), query.Time("to"));
        var now = time.GetUtcNow();
        if (query.Refusal is null && (from is null || to is null || from >= to || to - from > Longest || to > now))
        {
            var (name, value, allowed) = from is null ? ("from", "", "a time before to") : to is null || to > now ? ("to", $"{to:O}", "a time up to now")
                : ("from", $"{from:O}", $"a time before to, at most {Longest.TotalDays} days before");
            query.Refuse(name, value, allowed);
        }

        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        IReadOnlyCollection<int>? checks = scope.Visible is null ? null : [.. catalog.Current.ChecksById.Keys];
        var asked = query.Text("check");
        if (asked is not null)
        {
            if (!catalog.Current.Checks.TryGetValue(asked, out var check))
            {
                return Problems.NotFound("check", asked);
            }

            checks = [check.Id];
        }

        if (!rebuild.TryBegin())
        {
            return Problems.TooMany("rollups are being rebuilt here already: wait until that is done, or break it off");
        }

        try
        {
            await audit.WriteAsync(Caller.Of(http), "rollups.rebuild", asked is null ? "rollups" : $"check/{asked}", null, $"{from:O} to {to:O}", ct);
        }
        catch
        {
            rebuild.End();
            throw;
        }

        return TypedResults.Stream(stream => WriteAsync(stream, rebuild, checks, from!.Value, to!.Value, ct), "application/x-ndjson");
    }

    private static async Task WriteAsync(Stream stream, RollupRebuild rebuild, IReadOnlyCollection<int>? checks, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        try
        {
            await foreach (var progress in rebuild.RunAsync(checks, from, to, ct))
            {
                await JsonSerializer.SerializeAsync(stream, progress, JsonSerializerOptions.Web, ct);
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
            rebuild.End();
        }
    }
}
