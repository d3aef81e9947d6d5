using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Api;

/// <summary>A check as it is defined.</summary>
/// <param name="Name">Within its project; elsewhere it is called <c>project/name</c>, or by this name alone when the project is default.</param>
/// <param name="Document">The canonical document, which can be sent back by PUT.</param>
public sealed record CheckReply(string Name, string Kind, string Target, long Revision, DateTimeOffset UpdatedAt, JsonElement Document, string Project, DeliveryReply? Delivery = null);

/// <summary>How far it has come: live on Applied of Assigned agents. Elsewhere: connected to another orchestrator. Shed: locations without room for it.</summary>
public sealed record DeliveryReply(int Applied, int Assigned, int Elsewhere, IReadOnlyList<RefusalReply> Refused, IReadOnlyList<string> Shed);

/// <summary>An agent that was given it and does not run it.</summary>
public sealed record RefusalReply(string Agent, string Location, string Reason);

/// <summary>What an apply did, or would do.</summary>
public sealed record ApplyReply(bool DryRun, IReadOnlyList<string> Created, IReadOnlyList<string> Updated, IReadOnlyList<string> Unchanged);

/// <summary>Definitions of checks, and documents of every kind.</summary>
internal static class CheckEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var checks = api.MapGroup("/checks").WithTags("checks");
        checks.MapGet("", (ICatalog catalog) => TypedResults.Ok(catalog.Current.Checks.Values.Select(Reply)))
            .WithName("ListChecks").WithSummary("All checks").Produces<IReadOnlyList<CheckReply>>();
        checks.MapGet("{name}", (string name, ICatalog catalog, Deliveries deliveries, ProjectScope scope) => catalog.Current.Checks.TryGetValue(name, out var check)
            ? TypedResults.Ok(Reply(check) with { Delivery = Reply(deliveries.Of(check), scope) }) : (IResult)Problems.NotFound("check", name))
            .WithName("GetCheck").WithSummary("One check").Produces<CheckReply>().ProducesProblem(404);
        checks.MapPut("{name}", PutAsync).WithName("PutCheck").WithSummary("Create or change one check, from a JSON or YAML document").WithDocuments()
            .Produces<ApplyReply>().ProducesProblem(400).ProducesProblem(413);
        checks.MapDelete("{name}", async (string name, HttpContext http, AuditedCatalog catalog, CancellationToken ct) => await catalog.DeleteCheckAsync(Caller.Of(http), name, ct)
            ? TypedResults.NoContent() : (IResult)Problems.NotFound("check", name))
            .WithName("DeleteCheck").WithSummary("Delete one check; its history stays").Produces(204).ProducesProblem(404);
        api.MapPost("/apply", ApplyAsync).WithTags("checks").WithName("Apply").WithSummary("Apply a set of documents, all or nothing")
            .WithDocuments().WithQuery(("dryRun", "true or false, default false: say what would change, and change nothing"))
            .Produces<ApplyReply>().ProducesProblem(400).ProducesProblem(413);
    }

    private static async Task<IResult> PutAsync(string name, HttpRequest request, ProjectScope scope, CancellationToken ct)
    {
        if (await Bodies.ReadAsync(request, ct) is not { } text)
        {
            return Problems.TooLarge(Bodies.Largest);
        }

        var documents = CheckDocuments.Read(text, "body", scope.Standard);
        if (documents.Errors.Count == 0 && (documents.Checks.Count != 1 || documents.Locations.Count + documents.Windows.Count > 0 || documents.Checks[0].Name != name))
        {
            return Problems.Field("metadata.name", "the body must define one check, and the one that the address names", name);
        }

        return await TakeAsync(documents, dryRun: false, request.HttpContext, ct);
    }

    private static async Task<IResult> ApplyAsync(HttpRequest request, ProjectScope scope, CancellationToken ct)
    {
        var query = new Query(request);
        var dryRun = query.Flag("dryRun") ?? false;
        if (query.Refusal is { } refusal)
        {
            return refusal;
        }

        return await Bodies.ReadAsync(request, ct) is { } text
            ? await TakeAsync(CheckDocuments.Read(text, "body", scope.Standard), dryRun, request.HttpContext, ct)
            : Problems.TooLarge(Bodies.Largest);
    }

    internal static async Task<IResult> TakeAsync(DocumentSet documents, bool dryRun, HttpContext http, CancellationToken ct)
    {
        if (documents.Errors.Count > 0)
        {
            return Problems.Documents(documents.Errors);
        }

        if (documents.IsEmpty)
        {
            return Problems.Field("body", "defines nothing", "documents of kind Check, Location or Maintenance");
        }

        var report = await http.RequestServices.GetRequiredService<AuditedCatalog>().ApplyAsync(Caller.Of(http), documents, dryRun, ct);
        return report.Errors.Count > 0
            ? Problems.Documents(report.Errors)
            : TypedResults.Ok(new ApplyReply(dryRun, report.Created, report.Updated, report.Unchanged));
    }

    private static DeliveryReply Reply(Delivery d, ProjectScope scope) => new(
        d.Applied, d.Assigned, d.Elsewhere, [.. d.Refused.Select(r => new RefusalReply(scope.Sees(r.Location) ? r.Agent : r.Location, r.Location, r.Reason))], d.Shed);

    private static CheckReply Reply(CatalogCheck check) => new(
        QualifiedName.BareOf(check.Check.Name), check.Check.Probe.Kind, ProbeKinds.Target(check.Check.Probe), check.Check.Revision, check.UpdatedAt,
        JsonElement.Parse(CheckDocuments.Write(check.Check)), QualifiedName.ProjectOf(check.Check.Name));
}
