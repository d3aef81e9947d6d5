using Probes.Orchestrator.Adherence;

namespace Probes.Orchestrator.Api;

/// <param name="Total">Of the three.</param>
public sealed record FailedReply(long Total, long Target, long Dns, long Network);

/// <param name="Total">Of the four.</param>
/// <param name="AgentFaults">Made by an unfit agent, or failed by its own fault.</param>
/// <param name="Missed">Due, and nothing came of it.</param>
/// <param name="Dropped">Made, and their results given up by their agent.</param>
/// <param name="Maintenance">Due in a maintenance window, whatever came of it.</param>
public sealed record ExcludedReply(long Total, long AgentFaults, long Missed, long Dropped, long Maintenance);

/// <summary>Expected = passed + failed + excluded + pending. Availability = passed of (expected - excluded - pending), 0 to 1, with its 95 % Wilson interval; null when nothing counts.</summary>
/// <param name="Pending">Due so lately that their results may still be on the way.</param>
/// <param name="Corrected">Results came in over five minutes after the end of their run, and changed what was to be read before.</param>
/// <param name="LateResults">How many, due in the hours that the span touches.</param>
/// <param name="CorrectedAt">When the last of them came in.</param>
public sealed record AvailabilityRunsReply(
    long Expected, long Passed, FailedReply Failed, ExcludedReply Excluded, long Pending, double? Availability, double? AvailabilityLow, double? AvailabilityHigh,
    bool Corrected, long LateResults, DateTimeOffset? CorrectedAt)
{
    internal static AvailabilityRunsReply Of(Availability a)
    {
        var (t, interval) = (a.Tally, a.Interval);
        return new(
            t.Expected, t.Passed, new FailedReply(t.Failed, t.TargetFaults, t.DnsFaults, t.NetworkFaults),
            new ExcludedReply(t.Excluded, t.AgentFaults, t.Missed, t.Dropped, t.Maintenance), t.Pending, t.Availability, interval?.Low, interval?.High, a.Corrected, a.Late, a.LastLateAt);
    }
}

public sealed record RegionAvailabilityReply(string Region, AvailabilityRunsReply Runs);

/// <param name="SettledTo">From here on results may still be on the way.</param>
public sealed record AvailabilityReply(
    string Check, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, AvailabilityRunsReply Total, IReadOnlyList<RegionAvailabilityReply> Regions)
{
    internal static AvailabilityReply Of(AvailabilityReport r) => new(r.Check, r.From, r.To, r.SettledTo, AvailabilityRunsReply.Of(r.Total),
        [.. r.Regions.Select(a => new RegionAvailabilityReply(a.Region, AvailabilityRunsReply.Of(a.Runs)))]);
}

/// <summary>How available a target was, of the runs that were expected.</summary>
internal static class AvailabilityEndpoints
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/checks/{name}/availability", AvailabilityAsync).WithTags("regions").WithName("GetAvailability")
            .WithSummary("One check by region and in total: runs expected, passed, failed by source, and excluded by rule; whole minutes, the one under way left out")
            .WithQuery(("from", Query.TimeAllowed + "; default a day before to"), ("to", "likewise; default now"))
            .Produces<AvailabilityReply>().ProducesProblem(400).ProducesProblem(404);

    private static async Task<IResult> AvailabilityAsync(string name, HttpRequest request, IAdherenceQueries queries, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(request);
        var to = query.Time("to") ?? time.GetUtcNow();
        var from = query.Time("from") ?? to.AddDays(-1);
        if (from >= to || to - from > AdherenceQueries.Longest)
        {
            query.Refuse("from", $"{from:O}", $"a time before to, at most {AdherenceQueries.Longest.TotalDays} days before");
        }

        return query.Refusal ?? (await queries.OfCheckAsync(name, from, to, step: null, ct) is { } report
            ? TypedResults.Ok(AvailabilityReply.Of(report.Availability)) : (IResult)Problems.NotFound("check", name));
    }
}
