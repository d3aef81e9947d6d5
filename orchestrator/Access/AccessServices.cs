using System.Threading.RateLimiting;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Probes.Orchestrator.Access.KeyRing;

namespace Probes.Orchestrator.Access;

/// <summary>Who may see and change what. Everything is closed to strangers unless its endpoint says otherwise.</summary>
internal static class AccessServices
{
    private const string EitherScheme = "either";

    internal static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Audit>();
        services.AddSingleton<ApiKeys>();
        services.AddHostedService(s => s.GetRequiredService<ApiKeys>());
        services.AddSingleton<KeyDesk>();
        services.AddSingleton<LiveCallers>();
        services.AddSingleton<AdminKey>();
        services.AddHostedService(s => s.GetRequiredService<AdminKey>());
        services.AddHostedService<Greeting>();

        services.AddKeyRing(builder.Configuration);
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, o => o.ForwardDefaultSelector = SchemeFor)
            .AddScheme<AuthenticationSchemeOptions, AgentHandler>(AgentHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddCookie(ConfigureCookie);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddCascadingAuthenticationState();
        services.Configure<GrpcServiceOptions>(grpc => grpc.Interceptors.Add<StoreTrouble>());
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.AddPolicy(Login.RateLimit, context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new FixedWindowRateLimiterOptions { PermitLimit = 30, Window = TimeSpan.FromMinutes(1) }));
        });
        return builder;
    }

    internal static void UseAccess(this WebApplication app)
    {
        app.Use((context, next) => IsGrpc(context) ? StoreTrouble.AnswerUnavailableAsync(context, next) : SecurityHeaders.AddAsync(context, next));
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(Guards.CheckOriginAsync);
        app.Use(RoleRule.EnforceAsync);
    }

    internal static void MapAccess(this WebApplication app)
    {
        app.MapGet(Login.Path, Login.GetAsync).AllowAnonymous().RequireRateLimiting(Login.RateLimit).ExcludeFromDescription();
        app.MapPost(Login.Path, Login.PostAsync).AllowAnonymous().WithMetadata(new BeginsSessionAttribute()).RequireRateLimiting(Login.RateLimit).ExcludeFromDescription();
        KeyEndpoints.Map(app);
        app.MapPost("/logout", (Delegate)Login.LogoutAsync).WithMetadata(new NeedsRoleAttribute(Role.Viewer)).ExcludeFromDescription();
    }

    private static string SchemeFor(HttpContext context) =>
        IsGrpc(context) ? AgentHandler.SchemeName
        : context.Request.Headers.Authorization.Count > 0 ? ApiKeyHandler.SchemeName
        : CookieAuthenticationDefaults.AuthenticationScheme;

    private static bool IsGrpc(HttpContext context) => context.Features.Get<ListenerFeature>()?.Listener == Listener.Grpc;

    private static void ConfigureCookie(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "probes";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = TimeSpan.FromDays(7);
        cookie.SlidingExpiration = true;
        cookie.LoginPath = Login.Path;
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.Events.OnRedirectToLogin = context =>
        {
            if (Challenge.IsForScripts(context.Request))
            {
                return Challenge.WriteAsync(context.HttpContext);
            }

            context.Response.Redirect(context.RedirectUri);
            return Task.CompletedTask;
        };
        cookie.Events.OnValidatePrincipal = LiveCallers.ValidateAsync;
    }
}
