using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Probes.Orchestrator.Access;

/// <summary>Sign-in at an identity provider: authorization code with PKCE, state bound to the browser, nonce, signature, issuer, audience and time checked.</summary>
internal sealed class OidcProvider(OidcSettings? settings)
{
    internal const string SchemeName = "oidc";
    internal const string CallbackPath = "/signin-oidc";

    // No shared secrets as signing keys, and never none.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private static readonly string[] NameClaims = ["name", "preferred_username", "email"];

    internal bool IsOffered => settings is not null;

    /// <summary>Name of the provider, for people.</summary>
    internal string Host => settings?.Authority.Host ?? "";

    internal bool RolesComeFromClaims => settings is { RoleMap.Count: > 0 };

    internal static void Add(AuthenticationBuilder authentication, OidcSettings? settings)
    {
        if (settings is not null)
        {
            authentication.AddOpenIdConnect(SchemeName, oidc => Configure(oidc, settings));
        }
    }

    private static void Configure(OpenIdConnectOptions oidc, OidcSettings settings)
    {
        oidc.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        (oidc.Authority, oidc.ClientId, oidc.ClientSecret) = (settings.Authority.ToString(), settings.ClientId, settings.ClientSecret);
        oidc.RequireHttpsMetadata = settings.Authority.Scheme == "https";
        oidc.CallbackPath = CallbackPath;
        (oidc.ResponseType, oidc.UsePkce) = (OpenIdConnectResponseType.Code, true);
        // By address and not by form: the cookies that bind the answer to this browser need not follow a foreign POST.
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.NonceCookie.SameSite = oidc.CorrelationCookie.SameSite = SameSiteMode.Lax;
        oidc.NonceCookie.SecurePolicy = oidc.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        oidc.RemoteAuthenticationTimeout = oidc.ProtocolValidator.NonceLifetime = TimeSpan.FromMinutes(10);
        (oidc.MapInboundClaims, oidc.SaveTokens, oidc.GetClaimsFromUserInfoEndpoint, oidc.DisableTelemetry) = (false, false, false, true);
        oidc.Scope.Clear();
        foreach (var scope in settings.Scopes)
        {
            oidc.Scope.Add(scope);
        }

        oidc.TokenValidationParameters = new TokenValidationParameters { ValidAlgorithms = Algorithms, ClockSkew = TimeSpan.FromMinutes(1), NameClaimType = "name" };
        oidc.Events = new OpenIdConnectEvents
        {
            OnMessageReceived = LimitAsync,
            OnTokenValidated = context => AdmitAsync(context, settings),
            OnRemoteFailure = RefuseAsync,
        };
    }

    private static async Task LimitAsync(MessageReceivedContext context)
    {
        var limits = context.HttpContext.RequestServices.GetRequiredService<Limits>();
        if (!limits.SignIn.HasRoom(Limits.Key(context.HttpContext.Connection.RemoteIpAddress)))
        {
            await limits.RefuseAsync(context.HttpContext, limits.SignIn, "Limits:SignInPerMinute");
            context.HandleResponse();
        }
    }

    private static async Task AdmitAsync(TokenValidatedContext context, OidcSettings settings)
    {
        var claims = context.Principal!;
        var (issuer, subject) = (context.SecurityToken.Issuer, claims.FindFirst("sub")?.Value);
        // The handler takes an unsigned token from the token endpoint, as the specification allows where TLS vouches for it; we do not.
        if (context.SecurityToken.RawSignature is not { Length: > 0 } || !Algorithms.Contains(context.SecurityToken.Header.Alg, StringComparer.Ordinal))
        {
            context.Fail("the token is not signed");
            return;
        }

        if (subject is not { Length: > 0 and <= 255 } || subject.Any(char.IsControl))
        {
            context.Fail("the token names no subject");
            return;
        }

        var name = NameClaims.Select(c => claims.FindFirst(c)?.Value).FirstOrDefault(n => !string.IsNullOrWhiteSpace(n)) ?? subject;
        name = string.Concat(name.Where(c => !char.IsControl(c)));
        var services = context.HttpContext.RequestServices;
        var ct = context.HttpContext.RequestAborted;
        var mapped = settings.Of(claims.FindAll(settings.RoleClaim).Select(c => c.Value));
        var (user, before, refusal) = await services.GetRequiredService<Users>().SignInAsync(issuer, subject, name, mapped, settings.RoleMap.Count > 0, settings.Default, ct);
        if (user is null)
        {
            context.Fail($"{name}: {refusal}");
            return;
        }

        context.Principal = user.Principal(CookieAuthenticationDefaults.AuthenticationScheme);
        var caller = Caller.Of(context.Principal) with { Address = context.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "" };
        if (before is not null)
        {
            await services.GetRequiredService<Audit>().WriteAsync(caller, "user.role", $"user/{user.Name}", Text(before), Text(user.Grant), ct);
        }

        await services.GetRequiredService<SignIns>().SucceededAsync(caller, $"user/{user.Name}", ct);
    }

    private static async Task RefuseAsync(RemoteFailureContext context)
    {
        context.HandleResponse();
        var services = context.HttpContext.RequestServices;
        var address = context.HttpContext.Connection.RemoteIpAddress;
        services.GetRequiredService<Limits>().SignIn.TryTake(Limits.Key(address));
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger<OidcProvider>();
        Log.ProviderFailed(log, context.Failure);
        var reason = context.Failure?.Message ?? "unknown";
        await services.GetRequiredService<SignIns>().RefusedAsync(
            address?.ToString() ?? "", "oidc", reason.Length <= 300 ? reason : reason[..300] + "…", context.HttpContext.RequestAborted);
        // What exactly was wrong is for administrators.
        context.Response.Redirect($"{Login.Path}?refused=oidc");
    }

    private static string Text(Grant grant) => grant.Project is null ? grant.Role.Text() : $"{grant.Role.Text()}, {grant.Project}";
}
