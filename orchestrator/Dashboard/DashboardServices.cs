using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.FileProviders;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Dashboard.Pages;

namespace Probes.Orchestrator.Dashboard;

/// <summary>The pages people look at: rendered on the server, enhanced by scripts, their state in the URL.</summary>
internal static class DashboardServices
{
    public static WebApplicationBuilder AddDashboard(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddAntiforgery(o => o.Cookie.SameSite = SameSiteMode.Strict);
        UseOwnAssets(builder);
        return builder;
    }

    public static WebApplication MapDashboard(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = ShowErrorAsync, CreateScopeForErrors = true });
        app.UseAntiforgery();
        app.MapStaticAssets(AssetManifest).AllowAnonymous();
        app.MapRazorComponents<App>().WithStaticAssets(AssetManifest);
        app.MapFallback(NotFound).WithMetadata(new NeedsRoleAttribute(Role.Viewer));
        return app;
    }

    // A built (not published) orchestrator finds its assets through a manifest that hosts load only in Development;
    // a published one has them in wwwroot beside the program, whatever the working directory is.
    private static void UseOwnAssets(WebApplicationBuilder builder)
    {
        var published = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "orchestrator.staticwebassets.runtime.json")))
        {
            builder.WebHost.UseStaticWebAssets();
        }
        else if (Directory.Exists(published))
        {
            builder.Environment.WebRootPath = published;
            builder.Environment.WebRootFileProvider = new PhysicalFileProvider(published);
        }
    }

    private static string AssetManifest =>
        Path.Combine(AppContext.BaseDirectory, "orchestrator.staticwebassets.endpoints.json");

    private static IResult NotFound(HttpContext context) =>
        IsForPeople(context)
            ? new RazorComponentResult<Document>(new { Page = typeof(NotFoundPage) }) { StatusCode = StatusCodes.Status404NotFound }
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, detail: "nothing is served at this path");

    private static Task ShowErrorAsync(HttpContext context)
    {
        IResult result = IsForPeople(context)
            ? new RazorComponentResult<Document>(new { Page = typeof(ErrorPage) }) { StatusCode = StatusCodes.Status500InternalServerError }
            : TypedResults.Problem(statusCode: StatusCodes.Status500InternalServerError);
        return result.ExecuteAsync(context);
    }

    internal static bool IsForPeople(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
}
