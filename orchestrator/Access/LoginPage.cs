using System.Net;

namespace Probes.Orchestrator.Access;

/// <summary>The sign-in page: works without script.</summary>
internal static class LoginPage
{
    /// <param name="returnUrl">A path of ours.</param>
    /// <param name="refused">"key", "oidc" or "limit"; anything else: nothing is said.</param>
    internal static IResult Show(string returnUrl, OidcProvider provider, string? refused, int status = StatusCodes.Status200OK)
    {
        var back = WebUtility.HtmlEncode(returnUrl);
        var said = refused switch
        {
            "key" or "1" => "That key is not known, has expired, or was revoked.",
            "oidc" => "The identity provider’s answer was not accepted, or you have no role here. Someone with the role admin finds the reason in the audit log.",
            "limit" => "Too many refused sign-ins from this address. Wait a little.",
            _ => "",
        };
        return Page("Sign in", "", $$"""
            <form method="post" action="/login">
            <h1>Probes</h1>
            {{(said.Length > 0 ? $"<p class=\"refused\" role=\"alert\">{said}</p>" : "")}}
            {{(provider.IsOffered ? $"<a class=\"provider\" href=\"{Login.ProviderPath}?returnUrl={WebUtility.HtmlEncode(Uri.EscapeDataString(returnUrl))}\">Sign in at {WebUtility.HtmlEncode(provider.Host)}</a><p class=\"or\">or with a key</p>" : "")}}
            <label for="key">Key</label>
            <input id="key" name="key" type="password" autocomplete="current-password" maxlength="128" required autofocus>
            <input type="hidden" name="returnUrl" value="{{back}}">
            <button type="submit">Sign in</button>
            <p>The orchestrator printed a link that signs in when it started. The same key is in <code>admin.key</code> in its data folder;
            make more with <code>orchestrator key create --name NAME</code>.</p>
            </form>
            """, status);
    }

    /// <summary>
    /// Leads on from our own page: the session's cookie is not sent where a foreign site's redirect leads, and the identity provider is one.
    /// </summary>
    internal static IResult Onward(string url)
    {
        var to = WebUtility.HtmlEncode(url);
        return Page("Signed in", $"<meta http-equiv=\"refresh\" content=\"0;url={to}\">", $"<p>Signed in. <a href=\"{to}\">Go on</a></p>", StatusCodes.Status200OK);
    }

    private static IResult Page(string title, string head, string body, int status) => Results.Content(
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {head}
        <title>{title} - Probes</title>
        <link rel="icon" type="image/svg+xml" href="/favicon.svg">
        <link rel="stylesheet" href="/login.css">
        </head>
        <body>
        {body}
        </body>
        </html>
        """,
        "text/html; charset=utf-8", statusCode: status);
}
