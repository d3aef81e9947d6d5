using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Probes.Orchestrator.Access;

/// <summary>Sessions live no longer than the key or user that began them, and have the rights these have now.</summary>
internal sealed class LiveCallers(ApiKeys keys, Users users)
{
    /// <summary>The same caller with today's rights; null when its key has expired or was revoked, or the user is disabled.</summary>
    internal ClaimsPrincipal? Renew(ClaimsPrincipal user, string scheme)
    {
        if (user.FindFirst(ApiKeyHandler.KeyIdClaim)?.Value is { } key)
        {
            return keys.Find(key) is { } live ? ApiKeyHandler.Principal(live, scheme) : null;
        }

        return int.TryParse(user.FindFirst(Caller.UserIdClaim)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? users.Find(id)?.Principal(scheme)
            : null;
    }

    /// <summary>For answers that take long, such as live events.</summary>
    internal bool IsLive(ClaimsPrincipal user) => Renew(user, "") is not null;

    internal static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var callers = context.HttpContext.RequestServices.GetRequiredService<LiveCallers>();
        if (context.Principal is { } user && callers.Renew(user, CookieAuthenticationDefaults.AuthenticationScheme) is { } renewed)
        {
            context.ReplacePrincipal(renewed);
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }
}
