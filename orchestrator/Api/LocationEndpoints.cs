using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <summary>A location as it is defined, and how many of its agents are connected.</summary>
public sealed record LocationReply(
    string Name, LocationType Type, string Region, double? Latitude, double? Longitude, int Agents, int AgentsOnline, JsonElement Document, string Project, bool Shared);

/// <summary>One agent as last heard of. ClockOffsetMs: the orchestrator's clock minus the agent's. Unfit: what is wrong with it now.</summary>
public sealed record AgentReply(
    string Id, string Name, string Location, string Region, bool Online, bool Disabled, string Version, DateTimeOffset? LastSeenAt, int RunningChecks,
    long Revision, long AppliedRevision, double ClockOffsetMs, long RunsExecuted, long RunsMissed, long RunsLate, long ResultsDropped, long SpoolDepth,
    string Transport, string LastError, IReadOnlyList<AgentUnfit> Unfit);

/// <summary>Where checks run from, and who runs them.</summary>
internal static class LocationEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var locations = api.MapGroup("/locations").WithTags("locations");
        locations.MapGet("", List).WithName("ListLocations").WithSummary("All locations").Produces<IReadOnlyList<LocationReply>>();
        locations.MapGet("{name}", (string name, ICatalog catalog, IAgentRegistry agents) => List(catalog, agents).FirstOrDefault(l => QualifiedName.Of(l.Project, l.Name) == name) is { } found
            ? TypedResults.Ok(found) : (IResult)Problems.NotFound("location", name))
            .WithName("GetLocation").WithSummary("One location").Produces<LocationReply>().ProducesProblem(404);
        locations.MapPut("{name}", PutAsync).WithName("PutLocation").WithSummary("Create or change one location, from a JSON or YAML document").WithDocuments()
            .Produces<ApplyReply>().ProducesProblem(400).ProducesProblem(413);
        locations.MapDelete("{name}", DeleteAsync).WithName("DeleteLocation").WithSummary("Delete one location that no check and no agent uses; its history stays, its tokens end")
            .Produces(204).ProducesProblem(404).ProducesProblem(409);
        api.MapGet("/agents", (IAgentRegistry agents) => TypedResults.Ok(agents.Agents().Select(Reply)))
            .WithTags("agents").WithName("ListAgents").WithSummary("All enrolled agents, as last heard of").Produces<IReadOnlyList<AgentReply>>();
    }

    private static IEnumerable<LocationReply> List(ICatalog catalog, IAgentRegistry agents)
    {
        var byLocation = agents.Agents().ToLookup(a => a.Location, StringComparer.Ordinal);
        return catalog.Current.Locations.Values.Select(l => new LocationReply(
            QualifiedName.BareOf(l.Name), l.Type, l.RegionOrName, l.Latitude, l.Longitude, byLocation[l.Name].Count(), byLocation[l.Name].Count(a => a.Online),
            JsonElement.Parse(CheckDocuments.Write(l)), QualifiedName.ProjectOf(l.Name), l.Shared));
    }

    private static async Task<IResult> PutAsync(string name, HttpRequest request, ICatalog catalog, ProjectScope scope, CancellationToken ct)
    {
        if (await Bodies.ReadAsync(request, ct) is not { } text)
        {
            return Problems.TooLarge(Bodies.Largest);
        }

        var documents = CheckDocuments.Read(text, "body", scope.Standard);
        return documents.Errors.Count == 0 && (documents.Locations.Count != 1 || documents.Checks.Count > 0 || documents.Locations[0].Name != name)
            ? Problems.Field("metadata.name", "the body must define one location, and the one that the address names", name)
            : await CheckEndpoints.TakeAsync(documents, dryRun: false, catalog, ct);
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext http, ProjectScope scope, LocationRemover remover, CancellationToken ct) =>
        (scope.MayChange(name) ? await remover.DeleteAsync(Caller.Of(http), name, ct) : null) switch
        {
            null => Problems.NotFound("location", name),
            [] => TypedResults.NoContent(),
            var uses => Problems.InUse("location", name, uses),
        };

    private static AgentReply Reply(AgentStatus a) => new(
        a.PublicId, a.Name, a.Location, a.Region, a.Online, a.Disabled, a.Version, a.LastSeenAt, a.RunningChecks, a.Revision, a.AppliedRevision,
        a.ClockOffset.TotalMilliseconds, a.RunsExecuted, a.RunsMissed, a.RunsLate, a.ResultsDropped, a.SpoolDepth, a.Transport, a.LastError, a.Unfit);
}
