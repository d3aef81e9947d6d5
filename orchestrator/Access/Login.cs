using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Probes.Orchestrator.Access;

/// <summary>The sign-in page: works without script, and by a link that carries the key.</summary>
internal static class Login
{
    internal const string Path = "/login";
    internal const string RateLimit = "login";

    internal static async Task<IResult> GetAsync(HttpContext context, ApiKeys keys, ILoggerFactory logs, string? key, string? returnUrl, string? refused)
    {
        Prepare(context);
        if (key is not null)
        {
            return await SignInAsync(context, keys, logs, key, returnUrl);
        }

        return context.User.Identity?.IsAuthenticated == true
            ? Results.LocalRedirect(Local(returnUrl))
            : Page(returnUrl, refused is not null);
    }

    internal static async Task<IResult> PostAsync(HttpContext context, ApiKeys keys, ILoggerFactory logs)
    {
        Prepare(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return await SignInAsync(context, keys, logs, form["key"].ToString(), form["returnUrl"].ToString());
    }

    internal static async Task<IResult> LogoutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.LocalRedirect(Path);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, ApiKeys keys, ILoggerFactory logs, string text, string? returnUrl)
    {
        var log = logs.CreateLogger(typeof(Login));
        if (keys.Check(text) is not { } key)
        {
            Log.WrongKey(log, context.Connection.RemoteIpAddress?.ToString() ?? "?");
            // Away from an address that shows a key, right or wrong.
            return Results.LocalRedirect($"{Path}?refused=1&returnUrl={Uri.EscapeDataString(Local(returnUrl))}");
        }

        var principal = ApiKeyHandler.Principal(key, CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, principal, new AuthenticationProperties { IsPersistent = true });
        Log.SignedIn(log, key.Name);
        return Results.LocalRedirect(Local(returnUrl));
    }

    private static void Prepare(HttpContext context)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>Only a path of ours: no scheme, no host, no second slash or backslash that a browser takes for one.</summary>
    internal static string Local(string? url) =>
        url is ['/', ..] && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";

    private static IResult Page(string? returnUrl, bool refused) => Results.Content(
        $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>Sign in - Probes</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0; }
        form { width: min(26rem, 90vw); }
        input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin: .25rem 0; }
        .refused { color: #c62828; }
        code { font-size: .9em; }
        </style>
        </head>
        <body>
        <form method="post" action="/login">
        <h1>Probes</h1>
        {{(refused ? "<p class=\"refused\" role=\"alert\">That key is not known, or was revoked.</p>" : "")}}
        <label for="key">Key</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
        <input type="hidden" name="returnUrl" value="{{WebUtility.HtmlEncode(Local(returnUrl))}}">
        <button type="submit">Sign in</button>
        <p>The orchestrator printed a link that signs in when it started. The same key is in <code>admin.key</code> in its data folder;
        make more with <code>orchestrator key create --name NAME</code>.</p>
        </form>
        </body>
        </html>
        """,
        "text/html; charset=utf-8");
}
