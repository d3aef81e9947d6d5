using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Sessions;

/// <summary>The streams that bring agents their assignments.</summary>
internal static class SessionServices
{
    // Room for the refusals of ten thousand checks; a hello or a heartbeat is a thousandth of it.
    private const int MostBytes = 1 << 20;

    internal static WebApplicationBuilder AddSessions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SessionOptions>().BindConfiguration("Sessions").ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddSingleton<PublishTargets>();
        services.AddSingleton<AssignmentMessages>();
        services.AddSingleton(s => new SessionGate(s.GetRequiredService<IOptions<SessionOptions>>(), s.GetRequiredService<TimeProvider>(), new Random()));
        services.AddSingleton<SessionHub>();
        services.AddGrpc().AddServiceOptions<AgentSessionService>(o => o.MaxReceiveMessageSize = MostBytes);
        services.AddHostedService<SessionLoop>();
        services.AddHostedService<SessionEnds>();
        services.AddHostedService<LastSeen>();
        services.AddSingleton<EngineBook>();
        services.AddSingleton<SharedSessions>();
        services.AddHostedService(s => s.GetRequiredService<SharedSessions>());
        services.AddSingleton<Presence>();
        services.AddHostedService(s => s.GetRequiredService<Presence>());
        services.AddSingleton<IAgentRegistry, AgentRegistry>();
        return builder;
    }

    internal static void MapSessions(this WebApplication app) => app.MapGrpcService<AgentSessionService>();
}
