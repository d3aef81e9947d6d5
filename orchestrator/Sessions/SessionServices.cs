using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Sessions;

/// <summary>The streams that bring agents their assignments.</summary>
internal static class SessionServices
{
    internal static WebApplicationBuilder AddSessions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SessionOptions>().BindConfiguration("Sessions").ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddSingleton<PublishTargets>();
        services.AddSingleton<AssignmentMessages>();
        services.AddSingleton<SessionHub>();
        services.AddHostedService<SessionLoop>();
        services.AddHostedService<SessionEnds>();
        services.AddHostedService<LastSeen>();
        services.AddSingleton<Presence>();
        services.AddHostedService(s => s.GetRequiredService<Presence>());
        services.AddSingleton<IAgentRegistry, AgentRegistry>();
        return builder;
    }

    internal static void MapSessions(this WebApplication app) => app.MapGrpcService<AgentSessionService>();
}
