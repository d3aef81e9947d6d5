namespace Probes.Orchestrator.Access;

/// <summary>
/// What every answer on the people's listener carries: only our own scripts, styles and connections, none of them inline, and no frame around it.
/// Names and messages on the pages come from strangers; were one ever written unescaped, it still could not run.
/// </summary>
internal static class SecurityHeaders
{
    internal const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    // A year; not for sub-domains, which may be somebody else's.
    private const string TransportSecurity = "max-age=31536000";

    internal static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        // As the answer starts: an error page clears the headers written before it.
        context.Response.OnStarting(() =>
        {
            Write(context);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: with it browsers send `Origin: null` on a form's POST, which the origin check would refuse.
        headers.TryAdd("Referrer-Policy", "same-origin");
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        // Assets say for themselves how long they keep; everything else is data.
        headers.TryAdd("Cache-Control", "no-store");
        // Browsers take it for every port of a name: never for the machine itself.
        if (context.Request.IsHttps && context.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
        {
            headers.StrictTransportSecurity = TransportSecurity;
        }
    }
}
