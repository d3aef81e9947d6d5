using Probes.Orchestrator.Adherence;

namespace Probes.Orchestrator.Api;

/// <summary>Runs of a span against the schedule: expected = those due; executed; late of them; missed, and how many of these agents told of; pending; extra; dropped = made, and their results given up by agents.</summary>
/// <param name="Ratio">Those whose results are here of those whose should be, 0 to 1; null when none was due.</param>
public sealed record TallyReply(long Expected, long Executed, long Late, long Missed, long ToldByAgents, long Pending, long Extra, long Dropped, double? Ratio)
{
    internal static TallyReply Of(RunTally t) => new(t.Expected, t.Executed, t.Late, t.Missed, t.Told, t.Pending, t.Extra, t.Dropped, t.Ratio);
}

public sealed record StepAdherenceReply(DateTimeOffset At, TallyReply Runs);

/// <param name="Silent">Runs were due and none was made: the region is unknown, not healthy.</param>
/// <param name="Reason">Why runs lack, as far as it can be told now.</param>
public sealed record RegionAdherenceReply(
    string Region, IReadOnlyList<string> Locations, TallyReply Runs, bool Silent, string Reason, string Sentence, IReadOnlyList<StepAdherenceReply> Steps);

/// <param name="SettledTo">From here on results may still be on the way.</param>
/// <param name="StepSeconds">0 when no steps were asked for.</param>
public sealed record AdherenceReply(
    string Check, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, int StepSeconds, IReadOnlyList<RegionAdherenceReply> Regions)
{
    internal static AdherenceReply Of(AdherenceReport r) => new(r.Check, r.From, r.To, r.SettledTo, r.StepSeconds,
        [.. r.Regions.Select(a => new RegionAdherenceReply(a.Region, a.Locations, TallyReply.Of(a.Tally), a.Silent, a.Reason, a.Sentence,
            [.. a.Steps.Select(s => new StepAdherenceReply(s.At, TallyReply.Of(s.Tally)))]))]);
}

/// <summary>Whether checks ran when they should have, measured from outside their agents.</summary>
internal static class AdherenceEndpoints
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/checks/{name}/adherence", AdherenceAsync).WithTags("regions").WithName("GetAdherence")
            .WithSummary("One check by region: runs expected, executed, late, missed; whole minutes, the one under way left out")
            .WithQuery(("from", Query.TimeAllowed + "; default an hour before to"), ("to", "likewise; default now"),
                ("step", "60 s to 1 day, whole minutes, in seconds or with a unit; default none"))
            .Produces<AdherenceReply>().ProducesProblem(400).ProducesProblem(404);

    private static async Task<IResult> AdherenceAsync(string name, HttpRequest request, IAdherenceQueries queries, TimeProvider time, CancellationToken ct)
    {
        var query = new Query(request);
        var to = query.Time("to") ?? time.GetUtcNow();
        var from = query.Time("from") ?? to.AddHours(-1);
        if (from >= to || to - from > AdherenceQueries.Longest)
        {
            query.Refuse("from", $"{from:O}", $"a time before to, at most {AdherenceQueries.Longest.TotalDays} days before");
        }

        var step = query.Span("step", TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
        if (step is { } length && (length.Ticks % TimeSpan.TicksPerMinute != 0 || (to - from) / length > AdherenceQueries.MostSteps))
        {
            query.Refuse("step", $"{length.TotalSeconds} s", $"whole minutes, at most {AdherenceQueries.MostSteps} steps from from to to");
        }

        return query.Refusal ?? (await queries.OfCheckAsync(name, from, to, step, ct) is { } report
            ? TypedResults.Ok(AdherenceReply.Of(report)) : (IResult)Problems.NotFound("check", name));
    }
}
