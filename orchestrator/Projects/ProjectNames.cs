using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Dashboard;
using Probes.Orchestrator.Dashboard.Pages;

namespace Probes.Orchestrator.Projects;

/// <summary>
/// Before any endpoint or page: which project is asked about, and names of checks and locations as the catalog knows them. So
/// <c>/checks/web?project=shop</c> is answered as check <c>shop/web</c> wherever it is answered.
/// </summary>
internal static class ProjectNames
{
    private static readonly string[] Things = ["checks", "locations", "maintenance"];
    private static readonly string[] Keys = ["check", "location"];

    // What changes the installation itself is not for those who are bound to a project of it.
    private static readonly string[] Installation = ["/api/v1/signing-keys"];

    internal static Task ReadAsync(HttpContext context, RequestDelegate next)
    {
        if (context.User.Identity?.IsAuthenticated != true)
        {
            return next(context);
        }

        var asked = context.Request.Query["project"] is [{ Length: > 0 } one] ? one : null;
        var bound = Caller.Of(context).Project;
        context.Features.Set(new ProjectScope(bound, null));
        if (asked is not null && !IsKnown(context, bound, asked))
        {
            return Unknown(context, asked).ExecuteAsync(context);
        }

        if (bound is not null && !HttpMethods.IsGet(context.Request.Method) && Installation.Any(i => context.Request.Path.StartsWithSegments(i, StringComparison.OrdinalIgnoreCase)))
        {
            return Challenge.WriteProblemAsync(context, StatusCodes.Status403Forbidden, "Not allowed", "This is for callers of all projects.");
        }

        var scope = new ProjectScope(bound, asked);
        context.Features.Set(scope);
        QualifyPath(context, scope);
        QualifyQuery(context, scope);
        return next(context);
    }

    // Another's project and one that does not exist read the same.
    private static bool IsKnown(HttpContext context, string? bound, string asked) =>
        bound is null ? context.RequestServices.GetRequiredService<ICatalog>().Current.Projects.ContainsKey(asked) : asked == bound;

    private static IResult Unknown(HttpContext context, string asked) => DashboardServices.IsForPeople(context)
        ? new RazorComponentResult<Document>(new { Page = typeof(NotFoundPage) }) { StatusCode = StatusCodes.Status404NotFound }
        : Problems.NotFound("project", asked.Length <= 80 ? asked : asked[..80] + "…");

    private static void QualifyPath(HttpContext context, ProjectScope scope)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: var pattern } && NameIn(pattern) is var (thing, key)
            && context.Request.RouteValues[key] is string name)
        {
            // A path keeps this one escape.
            context.Request.RouteValues[key] = Qualify(context, scope, name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), thing == "locations");
        }
    }

    /// <summary>
    /// What a caller bound to a project calls by another project's name is a name within his own, which nothing can have; only a location that
    /// he sees because it is shared is meant itself.
    /// </summary>
    private static string Qualify(HttpContext context, ProjectScope scope, string name, bool location)
    {
        var qualified = scope.Qualify(name);
        return scope.MayChange(qualified) || location && context.RequestServices.GetRequiredService<ICatalog>().Current.Locations.ContainsKey(qualified)
            ? qualified
            : $"{scope.Bound}/{qualified}";
    }

    /// <summary>The parameter right behind "checks" or "locations".</summary>
    private static (string Thing, string Key)? NameIn(RoutePattern pattern)
    {
        for (var i = 1; i < pattern.PathSegments.Count; i++)
        {
            if (pattern.PathSegments[i - 1].Parts is [RoutePatternLiteralPart { Content: var before }] && Things.Contains(before, StringComparer.Ordinal)
                && pattern.PathSegments[i].Parts is [RoutePatternParameterPart { Name: var name }])
            {
                return (before, name);
            }
        }

        return null;
    }

    private static void QualifyQuery(HttpContext context, ProjectScope scope)
    {
        var request = context.Request;
        if (scope.Standard == QualifiedName.DefaultProject && !Keys.Any(k => request.Query[k].ToString().Contains('/', StringComparison.Ordinal)))
        {
            return;
        }

        if (request.Path.StartsWithSegments("/api", StringComparison.Ordinal) && Keys.Any(k => request.Query.ContainsKey(k)))
        {
            request.Query = new QueryCollection(request.Query.ToDictionary(
                q => q.Key,
                q => Keys.Contains(q.Key, StringComparer.Ordinal) ? new StringValues([.. q.Value.Select(v => string.IsNullOrEmpty(v) ? v : Qualify(context, scope, v, q.Key == "location"))]) : q.Value,
                StringComparer.OrdinalIgnoreCase));
        }
    }
}
