namespace Probes.Orchestrator.Dashboard;

/// <summary>
/// What a browser may do with a page: only our own scripts, styles and connections, none of them inline, and no frame around it.
/// Names and messages on the pages come from strangers; were one ever written unescaped, it still could not run.
/// </summary>
internal sealed class PageHeaders(RequestDelegate next)
{
    internal const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        return next(context);
    }
}
