using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Api;

/// <summary>A maintenance window as it is defined, and when it is.</summary>
/// <param name="Active">It is now.</param>
/// <param name="NextFrom">Of the occurrence under way, or else the next to come; null: it is over.</param>
/// <param name="NextTo">Likewise.</param>
/// <param name="Document">The canonical document, which can be sent back by PUT.</param>
public sealed record MaintenanceReply(
    string Name, bool Active, DateTimeOffset? NextFrom, DateTimeOffset? NextTo, string Reason, long Revision, DateTimeOffset UpdatedAt, JsonElement Document, string Project);

/// <summary>Maintenance windows: while one covers a check, no incident opens, and its runs count for nothing.</summary>
internal static class MaintenanceEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var windows = api.MapGroup("/maintenance").WithTags("maintenance");
        windows.MapGet("", (ICatalog catalog, TimeProvider time) => TypedResults.Ok(catalog.Current.Windows.Values.Select(w => Reply(w, time.GetUtcNow()))))
            .WithName("ListMaintenance").WithSummary("All maintenance windows").Produces<IReadOnlyList<MaintenanceReply>>();
        windows.MapGet("{name}", (string name, ICatalog catalog, TimeProvider time) => catalog.Current.Windows.TryGetValue(name, out var window)
            ? TypedResults.Ok(Reply(window, time.GetUtcNow())) : (IResult)Problems.NotFound("maintenance", name))
            .WithName("GetMaintenance").WithSummary("One maintenance window").Produces<MaintenanceReply>().ProducesProblem(404);
        windows.MapPut("{name}", PutAsync).WithName("PutMaintenance").WithSummary("Create or change one maintenance window, from a JSON or YAML document").WithDocuments()
            .Produces<ApplyReply>().ProducesProblem(400).ProducesProblem(413);
        windows.MapDelete("{name}", async (string name, HttpContext http, AuditedCatalog catalog, CancellationToken ct) => await catalog.DeleteWindowAsync(Caller.Of(http), name, ct)
            ? TypedResults.NoContent() : (IResult)Problems.NotFound("maintenance", name))
            .WithName("DeleteMaintenance").WithSummary("End and delete one maintenance window; what was maintenance until now stays so").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> PutAsync(string name, HttpRequest request, ProjectScope scope, CancellationToken ct)
    {
        if (await Bodies.ReadAsync(request, ct) is not { } text)
        {
            return Problems.TooLarge(Bodies.Largest);
        }

        var documents = CheckDocuments.Read(text, "body", scope.Standard);
        return documents.Errors.Count == 0 && (documents.Windows.Count != 1 || documents.Checks.Count + documents.Locations.Count > 0 || documents.Windows[0].Name != name)
            ? Problems.Field("metadata.name", "the body must define one maintenance window, and the one that the address names", name)
            : await CheckEndpoints.TakeAsync(documents, dryRun: false, request.HttpContext, ct);
    }

    private static MaintenanceReply Reply(CatalogWindow window, DateTimeOffset now)
    {
        var next = Occurrences.Next(window.Window, now);
        return new MaintenanceReply(
            QualifiedName.BareOf(window.Window.Name), next?.From <= now, next?.From, next?.To, window.Window.Reason, window.Revision, window.Since,
            JsonElement.Parse(CheckDocuments.Write(window.Window)), QualifiedName.ProjectOf(window.Window.Name));
    }
}
