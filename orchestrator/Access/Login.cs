using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Probes.Orchestrator.Access;

/// <summary>Sign-in by a key, typed or in a link, or at the identity provider; and the way out.</summary>
internal static class Login
{
    internal const string Path = "/login";
    internal const string ProviderPath = "/login/oidc";

    /// <summary>Largest form, in bytes.</summary>
    internal const int Largest = 8 << 10;

    private const string DonePath = "/login/done";

    internal static void Map(WebApplication app)
    {
        app.MapGet(Path, GetAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, (Delegate)PostAsync).AllowAnonymous().WithMetadata(new BeginsSessionAttribute()).ExcludeFromDescription();
        app.MapGet(ProviderPath, ToProvider).AllowAnonymous().ExcludeFromDescription();
        app.MapGet(DonePath, (HttpContext context, string? returnUrl) =>
        {
            Prepare(context);
            return LoginPage.Onward(Local(returnUrl));
        }).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/logout", (Delegate)LogoutAsync).WithMetadata(new NeedsRoleAttribute(Role.Viewer)).ExcludeFromDescription();
    }

    private static async Task<IResult> GetAsync(HttpContext context, OidcProvider provider, string? key, string? returnUrl, string? refused)
    {
        // Only answers that lead on carry a key in their address; the page itself must say its origin when its form is sent.
        if (key is not null)
        {
            Prepare(context);
        }

        // A link on a foreign page must not sign anybody in: as whom, its author would choose.
        if (key is not null && !Guards.IsForeign(context.Request))
        {
            return await SignInAsync(context, key, returnUrl);
        }

        if (key is not null)
        {
            return Results.LocalRedirect(WithReturn("", returnUrl));
        }

        return context.User.Identity?.IsAuthenticated == true
            ? Results.LocalRedirect(Local(returnUrl))
            : LoginPage.Show(Local(returnUrl), provider, refused);
    }

    private static async Task<IResult> PostAsync(HttpContext context)
    {
        Prepare(context);
        if (context.Request.ContentLength is null or > Largest || !context.Request.HasFormContentType)
        {
            return Results.Problem($"a form of at most {Largest} bytes is taken", statusCode: StatusCodes.Status413PayloadTooLarge, title: "The form is too large");
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return await SignInAsync(context, form["key"].ToString(), form["returnUrl"].ToString());
    }

    private static IResult ToProvider(HttpContext context, OidcProvider provider, string? returnUrl)
    {
        Prepare(context);
        return provider.IsOffered && !Guards.IsForeign(context.Request)
            ? Results.Challenge(new AuthenticationProperties { RedirectUri = $"{DonePath}?returnUrl={Uri.EscapeDataString(Local(returnUrl))}", IsPersistent = true }, [OidcProvider.SchemeName])
            : Results.LocalRedirect(WithReturn("", returnUrl));
    }

    private static async Task<IResult> LogoutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        await context.RequestServices.GetRequiredService<Audit>().WriteAsync(Caller.Of(context), "sign-out", Caller.Of(context).Name, null, null, context.RequestAborted);
        return Results.LocalRedirect(Path);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, string text, string? returnUrl)
    {
        var services = context.RequestServices;
        var limits = services.GetRequiredService<Limits>();
        var address = context.Connection.RemoteIpAddress;
        var from = Limits.Key(address);
        if (!limits.SignIn.HasRoom(from))
        {
            limits.Note("Limits:SignInPerMinute", address);
            context.Response.Headers.RetryAfter = limits.SignIn.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return LoginPage.Show(Local(returnUrl), services.GetRequiredService<OidcProvider>(), "limit", StatusCodes.Status429TooManyRequests);
        }

        var signIns = services.GetRequiredService<SignIns>();
        if (services.GetRequiredService<ApiKeys>().Check(text) is not { } key)
        {
            limits.SignIn.TryTake(from);
            // The public part of a key, when it is one, tells which was tried.
            var target = Secret.Parse(Secret.ApiKey, text) is { } tried ? $"key/{tried.PublicId}" : "key";
            await signIns.RefusedAsync(address?.ToString() ?? "", target, "unknown, wrong, expired or revoked key", context.RequestAborted);
            // Away from an address that shows a key, right or wrong.
            return Results.LocalRedirect(WithReturn("refused=key&", returnUrl));
        }

        var principal = ApiKeyHandler.Principal(key, CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, principal, new AuthenticationProperties { IsPersistent = true });
        await signIns.SucceededAsync(Caller.Of(principal) with { Address = address?.ToString() ?? "" }, $"key/{key.Id}", context.RequestAborted);
        return Results.LocalRedirect(Local(returnUrl));
    }

    private static void Prepare(HttpContext context)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
    }

    private static string WithReturn(string query, string? returnUrl) => $"{Path}?{query}returnUrl={Uri.EscapeDataString(Local(returnUrl))}";

    /// <summary>Only a path of ours: no scheme, no host, no second slash or backslash that a browser takes for one.</summary>
    internal static string Local(string? url) =>
        url is ['/', ..] and { Length: <= 2048 } && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";
}
