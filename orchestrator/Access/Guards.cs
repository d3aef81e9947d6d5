namespace Probes.Orchestrator.Access;

/// <summary>Marks the endpoints that begin a session: a foreign page must not sign somebody in as somebody else.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BeginsSessionAttribute : Attribute;

/// <summary>
/// Against requests that another site makes a browser send. The cookie is SameSite=Strict and every form carries an antiforgery token;
/// this also holds where those do not: another port of the same host is the same site, and sign-in has no session yet.
/// </summary>
internal static class Guards
{
    /// <summary>A change by cookie, and a sign-in, must come from our own pages. Keys in a header cannot be sent by a foreign page.</summary>
    internal static Task CheckOriginAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.Authorization.Count > 0)
        {
            return next(context);
        }

        var byCookie = context.User.Identity?.IsAuthenticated == true;
        var beginsSession = context.GetEndpoint()?.Metadata.GetMetadata<BeginsSessionAttribute>() is not null;
        if (RoleRule.IsChange(request.Method))
        {
            return (byCookie || beginsSession) && !IsOwnOrigin(request) ? RefuseAsync(context, "A change by cookie") : next(context);
        }

        // Data and live events are for our own pages; browsers that say where a request comes from are believed.
        return byCookie && Challenge.IsForScripts(request) && IsForeign(request) ? RefuseAsync(context, "Reading data by cookie") : next(context);
    }

    internal static bool IsOwnOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            ? string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin";
    }

    /// <summary>The browser says that another site, or another port of this host, asks. Typed addresses and scripts do not.</summary>
    internal static bool IsForeign(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    private static Task RefuseAsync(HttpContext context, string what) =>
        Challenge.WriteProblemAsync(context, StatusCodes.Status403Forbidden, "Foreign origin",
            $"{what} must come from this server's own pages; scripts send a key instead.");
}
