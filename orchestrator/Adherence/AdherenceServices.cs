namespace Probes.Orchestrator.Adherence;

/// <summary>What was due, and what became of it, measured from outside the agents.</summary>
internal static class AdherenceServices
{
    internal static WebApplicationBuilder AddAdherence(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PeriodBook>();
        services.AddSingleton<Silence>();
        services.AddSingleton<AdherenceQueries>();
        // Made for each who asks, over the catalog that he sees.
        services.AddTransient<IAdherenceQueries, AdherenceQueries>();
        services.AddHostedService<PeriodKeeper>();
        services.AddSingleton<RecentAdherence>();
        services.AddHostedService(s => s.GetRequiredService<RecentAdherence>());
        return builder;
    }
}
