using Microsoft.AspNetCore.Http.HttpResults;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Projects;

/// <param name="Description">At most 1,000 characters; absent: empty.</param>
public sealed record ProjectRequest(string? Description);

/// <param name="CreatedAt">Null for project default, which is always there.</param>
public sealed record ProjectReply(string Name, string Description, DateTimeOffset? CreatedAt, int Checks, int Locations, int Agents);

/// <summary>Projects over REST. Those who are bound to one see that one.</summary>
internal static class ProjectEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("projects");
        projects.MapGet("", (ICatalog catalog, ProjectScope scope) => TypedResults.Ok(List(catalog, scope)))
            .WithName("ListProjects").WithSummary("Projects").Produces<IReadOnlyList<ProjectReply>>();
        projects.MapGet("{project}", (string project, ICatalog catalog) => catalog.Current.Projects.TryGetValue(project, out var found)
            ? TypedResults.Ok(Reply(found, catalog.Current)) : (IResult)Problems.NotFound("project", project))
            .WithName("GetProject").WithSummary("One project").Produces<ProjectReply>().ProducesProblem(404);
        projects.MapPut("{project}", PutAsync).WithName("PutProject").WithSummary("Create or change a project; for admins of all projects")
            .Accepts<ProjectRequest>("application/json").Produces<ProjectReply>().ProducesProblem(400).ProducesProblem(403);
        projects.MapDelete("{project}", DeleteAsync).WithName("DeleteProject").WithSummary("Delete a project that has nothing in it; for admins of all projects")
            .Produces(204).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    /// <summary>Those that the caller sees; a selected one alone.</summary>
    internal static IEnumerable<ProjectReply> List(ICatalog catalog, ProjectScope scope) =>
        catalog.Current.Projects.Values.Where(p => scope.Visible is null || p.Name == scope.Visible).Select(p => Reply(p, catalog.Current));

    private static ProjectReply Reply(Project project, CatalogSnapshot all)
    {
        var mine = ProjectView.Of(all, project.Name);
        return new ProjectReply(project.Name, project.Description, project.CreatedAt, mine.Checks.Count,
            mine.Locations.Keys.Count(l => QualifiedName.ProjectOf(l) == project.Name), mine.AgentsByPublicId.Values.Count(a => !a.Deleted));
    }

    /// <summary>Null when the caller may make and delete projects.</summary>
    internal static string? Refusal(Caller caller) =>
        caller.May(Role.Admin) && caller.Project is null ? null : "only admins of all projects make and delete projects";

    /// <summary>Null when a project may be called so and described so.</summary>
    internal static (string Field, string Message, string Allowed)? Mistake(string name, string description) =>
        !QualifiedName.IsPart(name) ? ("project", "is not a project's name", QualifiedName.PartAllowed)
        : description.Length > ProjectBook.LongestDescription || description.Any(char.IsControl)
            ? ("description", "is not a description", $"at most {ProjectBook.LongestDescription} printable characters")
        : null;

    private static async Task<IResult> PutAsync(string project, HttpRequest http, ProjectBook book, ICatalog catalog, CancellationToken ct)
    {
        var caller = Caller.Of(http.HttpContext);
        if (Refusal(caller) is { } refusal)
        {
            return Forbidden(refusal);
        }

        var (request, wrong) = http.ContentLength == 0 ? (new ProjectRequest(null), null) : await Bodies.ReadJsonAsync<ProjectRequest>(http, ct);
        if (request is null)
        {
            return wrong!;
        }

        var description = request.Description?.Trim() ?? "";
        if (Mistake(project, description) is var (field, message, allowed))
        {
            return Problems.Field(field, message, allowed);
        }

        await book.PutAsync(caller, project, description, ct);
        return TypedResults.Ok(Reply(catalog.Current.Projects[project], catalog.Current));
    }

    private static async Task<IResult> DeleteAsync(string project, HttpContext http, ProjectBook book, CancellationToken ct)
    {
        var caller = Caller.Of(http);
        if (Refusal(caller) is { } refusal)
        {
            return Forbidden(refusal);
        }

        var (outcome, uses) = await book.DeleteAsync(caller, project, ct);
        return outcome switch
        {
            ProjectOutcome.Done => TypedResults.NoContent(),
            ProjectOutcome.InUse => Problems.InUse("project", project, uses),
            ProjectOutcome.Kept => Problems.InUse("project", project, ["it is always there"]),
            _ => Problems.NotFound("project", project),
        };
    }

    private static ProblemHttpResult Forbidden(string why) => TypedResults.Problem(why, statusCode: StatusCodes.Status403Forbidden, title: "Not allowed");
}
