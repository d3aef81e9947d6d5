namespace Probes.Orchestrator.Access;

/// <summary>What every answer on the people's listener carries, and what every change by cookie must show.</summary>
internal static class Guards
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    internal static Task AddHeadersAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: with it browsers send `Origin: null` on a form's POST, which the check below would refuse.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        return next(context);
    }

    /// <summary>A change that is allowed by a cookie must come from our own pages. Keys in a header cannot be sent by a foreign page.</summary>
    internal static Task CheckOriginAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        var byCookie = request.Headers.Authorization.Count == 0 && context.User.Identity?.IsAuthenticated == true;
        return changes && byCookie && !IsOwnOrigin(request)
            ? Challenge.WriteProblemAsync(context, StatusCodes.Status403Forbidden, "Foreign origin",
                "A change by cookie must come from this server's own pages; scripts send a key instead.")
            : next(context);
    }

    internal static bool IsOwnOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            ? string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin";
    }
}
