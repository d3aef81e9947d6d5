namespace Probes.Orchestrator.Leadership;

internal static class LeadershipServices
{
    /// <summary>Who leads, who else is there, and what orchestrators tell each other.</summary>
    public static WebApplicationBuilder AddLeadership(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Replica>();
        services.AddSingleton<ReplicaSignals>();
        services.AddSingleton<LeaderLease>();
        services.AddSingleton<ILeadership>(s => s.GetRequiredService<LeaderLease>());
        services.AddSingleton<ReplicaBook>();
        services.AddHostedService(s => s.GetRequiredService<LeaderLease>());
        services.AddHostedService(s => s.GetRequiredService<ReplicaBook>());
        services.AddHostedService<ReplicaEvents>();
        return builder;
    }
}
