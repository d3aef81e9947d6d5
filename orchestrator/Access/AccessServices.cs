using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
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
        services.AddSingleton<Users>();
        services.AddHostedService(s => s.GetRequiredService<Users>());
        services.AddSingleton<UserDesk>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditRetention>();
        services.AddHostedService(s => s.GetRequiredService<AuditRetention>());
        services.AddSingleton<SignIns>();
        services.AddSingleton<Limits>();
        services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<AdminKey>();
        services.AddHostedService(s => s.GetRequiredService<AdminKey>());
        services.AddHostedService<Greeting>();

        services.AddKeyRing(builder.Configuration);
        var provider = OidcSettings.Read(builder.Configuration);
        services.AddSingleton(new OidcProvider(provider));
        var authentication = services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, o => o.ForwardDefaultSelector = SchemeFor)
            .AddScheme<AuthenticationSchemeOptions, AgentHandler>(AgentHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddCookie(ConfigureCookie);
        OidcProvider.Add(authentication, provider);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddCascadingAuthenticationState();
        services.Configure<GrpcServiceOptions>(grpc =>
        {
            grpc.Interceptors.Add<StoreTrouble>();
            grpc.Interceptors.Add<EnrolmentLimit>();
        });

        return builder;
    }

    internal static void UseAccess(this WebApplication app)
    {
        if (TrustedProxies.Read(app.Configuration) is { } proxies)
        {
            app.UseForwardedHeaders(proxies);
        }

        app.Use((context, next) => IsGrpc(context) ? StoreTrouble.AnswerUnavailableAsync(context, next) : SecurityHeaders.AddAsync(context, next));
        app.UseAuthentication();
        app.Use(app.Services.GetRequiredService<Limits>().EnforceAsync);
        app.UseAuthorization();
        app.Use(Guards.CheckOriginAsync);
        app.Use(RoleRule.EnforceAsync);
    }

    internal static void MapAccess(this WebApplication app)
    {
        Login.Map(app);
        KeyEndpoints.Map(app);
        UserEndpoints.Map(app);
        AuditEndpoints.Map(app);
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
