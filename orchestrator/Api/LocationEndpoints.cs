using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <summary>A location as it is defined, how many of its agents are connected, and what they have no room for.</summary>
/// <param name="ShedChecks">Checks that no agent there has room for, ordered by name; at most the first 1,000.</param>
public sealed record LocationReply(
    string Name, LocationType Type, string Region, double? Latitude, double? Longitude, int Agents, int AgentsOnline,
    int Shed, double ShedRunsPerSecond, IReadOnlyList<string> ShedChecks, JsonElement Document, string Project, bool Shared);

/// <summary>Where checks run from, and who runs them.</summary>
internal static class LocationEndpoints
{
    private const int MostShown = 1000;

    public static void Map(RouteGroupBuilder api)
    {
        var locations = api.MapGroup("/locations").WithTags("locations");
        locations.MapGet("", List).WithName("ListLocations").WithSummary("All locations").Produces<IReadOnlyList<LocationReply>>();
        locations.MapGet("{name}", (string name, ICatalog catalog, IAgentRegistry agents, Dispatcher fleet, ProjectScope scope) =>
            List(catalog, agents, fleet, scope).FirstOrDefault(l => QualifiedName.Of(l.Project, l.Name) == name) is { } found
            ? TypedResults.Ok(found) : (IResult)Problems.NotFound("location", name))
            .WithName("GetLocation").WithSummary("One location").Produces<LocationReply>().ProducesProblem(404);
        locations.MapPut("{name}", PutAsync).WithName("PutLocation").WithSummary("Create or change one location, from a JSON or YAML document").WithDocuments()
            .Produces<ApplyReply>().ProducesProblem(400).ProducesProblem(413);
        locations.MapDelete("{name}", DeleteAsync).WithName("DeleteLocation").WithSummary("Delete one location that no check and no agent uses; its history stays, its tokens end")
            .Produces(204).ProducesProblem(404).ProducesProblem(409);
    }

    private static IEnumerable<LocationReply> List(ICatalog catalog, IAgentRegistry agents, Dispatcher fleet, ProjectScope scope)
    {
        var byLocation = agents.Agents().ToLookup(a => a.Location, StringComparer.Ordinal);
        return catalog.Current.Locations.Values.Select(l => (Location: l, Plan: fleet.Plan.Of(l.Name))).Select(p => new LocationReply(
            QualifiedName.BareOf(p.Location.Name), p.Location.Type, p.Location.RegionOrName, p.Location.Latitude, p.Location.Longitude,
            byLocation[p.Location.Name].Count(), byLocation[p.Location.Name].Count(a => a.Online),
            p.Plan.Shed.Length, p.Plan.ShedLoad, [.. p.Plan.Shed.Select(c => c.Check.Name).Where(scope.Sees).Take(MostShown)],
            JsonElement.Parse(CheckDocuments.Write(p.Location)), QualifiedName.ProjectOf(p.Location.Name), p.Location.Shared));
    }

    private static async Task<IResult> PutAsync(string name, HttpRequest request, ProjectScope scope, CancellationToken ct)
    {
        if (await Bodies.ReadAsync(request, ct) is not { } text)
        {
            return Problems.TooLarge(Bodies.Largest);
        }

        var documents = CheckDocuments.Read(text, "body", scope.Standard);
        return documents.Errors.Count == 0 && (documents.Locations.Count != 1 || documents.Checks.Count + documents.Windows.Count > 0 || documents.Locations[0].Name != name)
            ? Problems.Field("metadata.name", "the body must define one location, and the one that the address names", name)
            : await CheckEndpoints.TakeAsync(documents, dryRun: false, request.HttpContext, ct);
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext http, ProjectScope scope, LocationRemover remover, CancellationToken ct) =>
        (scope.MayChange(name) ? await remover.DeleteAsync(Caller.Of(http), name, ct) : null) switch
        {
            null => Problems.NotFound("location", name),
            [] => TypedResults.NoContent(),
            var uses => Problems.InUse("location", name, uses),
        };
}
