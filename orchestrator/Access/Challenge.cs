using Microsoft.AspNetCore.Mvc;

namespace Probes.Orchestrator.Access;

/// <summary>What a stranger is told.</summary>
internal static class Challenge
{
    private static readonly string[] ApiPaths = ["/api", "/openapi", "/metrics"];

    /// <summary>Scripts get 401 as a problem document; people are sent to the sign-in page.</summary>
    internal static bool IsForScripts(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        || ApiPaths.Any(p => request.Path.StartsWithSegments(p, StringComparison.OrdinalIgnoreCase));

    internal static Task WriteAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteProblemAsync(context, StatusCodes.Status401Unauthorized, "A key is needed",
            "Send 'Authorization: Bearer KEY', or sign in at /login. The key of the first start is in admin.key in the data folder.");
    }

    internal static Task WriteProblemAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ProblemDetails { Status = status, Title = title, Detail = detail }, options: null, "application/problem+json");
    }
}
