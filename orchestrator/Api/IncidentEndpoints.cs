using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Detection.Incidents;

namespace Probes.Orchestrator.Api;

/// <summary>A change to an incident; what is left out stays as it is.</summary>
/// <param name="Acknowledged">Whether somebody is on it.</param>
/// <param name="Silence">A duration such as 2h, at most 7d: nobody is told of it meanwhile; 0s ends it.</param>
/// <param name="Finding">"confirmed", "dismissed" (a false alarm), or empty.</param>
/// <param name="Note">1 to 4,000 characters.</param>
public sealed record IncidentRequest(bool? Acknowledged, string? Silence, string? Finding, string? Note);

/// <summary>Incidents: what they are blamed on, what they touch, what happened, and what people did about them.</summary>
internal static class IncidentEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var incidents = api.MapGroup("/incidents").WithTags("regions");
        incidents.MapGet("", ListAsync).WithName("ListIncidents").WithSummary("Incidents, newest first")
            .WithQuery(("open", "true or false, default both"), ("check", "that touched this check"), ("region", "that touched this region"), ("from", "not ended before"), ("to", "begun before"), ("limit", "1 to 1000, default 100"))
            .Produces<IReadOnlyList<Incident>>().ProducesProblem(400);
        incidents.MapGet("/{id:long}", async (long id, IIncidents all, CancellationToken ct) => await all.FindAsync(id, ct) is { } story
            ? TypedResults.Ok(story) : (IResult)NoSuch(id)).WithName("GetIncident").WithSummary("One incident with its timeline, oldest first").Produces<IncidentStory>().ProducesProblem(404);
        incidents.MapPatch("/{id:long}", ChangeAsync).WithName("ChangeIncident").WithSummary("Acknowledge or silence an incident, note something, or say what it was")
            .Accepts<IncidentRequest>("application/json").Produces<IncidentStory>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, IIncidents all, CancellationToken ct)
    {
        var query = new Query(request);
        var asked = new IncidentQuery(
            query.Flag("open"), query.Text("check"), query.Text("region"), null, query.Time("from"), query.Time("to"), query.Integer("limit", 1, 1000) ?? 100);
        return query.Refusal ?? (IResult)TypedResults.Ok(await all.ListAsync(asked, ct));
    }

    private static async Task<IResult> ChangeAsync(long id, HttpContext http, IIncidents all, IncidentDesk desk, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<IncidentRequest>(http.Request, ct);
        if (request is null)
        {
            return refusal!;
        }

        var silence = TimeSpan.Zero;
        if (request.Silence is { } text && !Durations.TryParse(text, out silence))
        {
            return Problems.Field("silence", $"'{(text.Length <= 40 ? text : text[..40])}' is not a duration", $"0s to {Durations.Format(IncidentDesk.LongestSilence)}");
        }

        if (await all.FindAsync(id, ct) is not { } story)
        {
            return NoSuch(id);
        }

        try
        {
            await desk.ChangeAsync(story.Incident, new IncidentChange(request.Acknowledged, request.Silence is null ? null : silence, request.Finding, request.Note), Caller.Of(http), ct);
            return TypedResults.Ok(await all.FindAsync(id, ct));
        }
        catch (IncidentChangeRefusedException refused)
        {
            return Problems.Field(refused.What, refused.Message, refused.Allowed);
        }
    }

    private static ProblemHttpResult NoSuch(long id) => Problems.NotFound("incident", id.ToString(CultureInfo.InvariantCulture));
}
