using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Probes.Orchestrator.Dashboard;
using Probes.Orchestrator.Dashboard.Pages;

namespace Probes.Orchestrator.Access;

/// <summary>What those are told whose role does not reach: which one it takes, as a problem document or as a page.</summary>
internal static class Forbidden
{
    internal static Task AnswerAsync(HttpContext context, Role needed)
    {
        var caller = Caller.Of(context);
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Forbidden));
        Log.Forbidden(log, caller.Name, caller.Role, context.Request.Method, context.Request.Path, needed);
        return DashboardServices.IsForPeople(context)
            ? new RazorComponentResult<Document>(new Dictionary<string, object?>
            {
                [nameof(Document.Page)] = typeof(ForbiddenPage),
                [nameof(Document.With)] = new Dictionary<string, object> { [nameof(ForbiddenPage.Needed)] = needed },
            })
            { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(context)
            : WriteProblemAsync(context, caller, needed);
    }

    private static Task WriteProblemAsync(HttpContext context, Caller caller, Role needed)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsJsonAsync(
            new ProblemDetails
            {
                Status = StatusCodes.Status403Forbidden,
                Title = $"The role {needed.Text()} is needed",
                Detail = $"'{caller.Name}' is {(caller.Role is { } has ? $"a {has.Text()}" : "without a role")}; this needs the role {needed.Text()}.",
                Extensions = { ["role"] = needed.Text() },
            },
            options: null, "application/problem+json");
    }
}
