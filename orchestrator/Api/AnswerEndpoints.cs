using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Answers;

namespace Probes.Orchestrator.Api;

/// <summary>What regions are answered for one check, compared.</summary>
internal static class AnswerEndpoints
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/checks/{name}/answers", (string name, ICatalog catalog, IAnswers answers) => !catalog.Current.Checks.ContainsKey(name)
            ? (IResult)Problems.NotFound("check", name)
            : TypedResults.Ok(answers.Of(name) ?? new AnswersReport(name, [], [], new Dictionary<string, CertificateInfo>())))
            .WithTags("regions").WithName("GetAnswers")
            .WithSummary("What each region is answered: DNS answers, addresses, points of presence, certificates, digests of bodies, cache hit ratio of the last hour; and how regions differ, in words")
            .Produces<AnswersReport>().ProducesProblem(404);
}
