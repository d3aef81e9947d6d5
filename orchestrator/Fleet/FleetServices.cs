namespace Probes.Orchestrator.Fleet;

/// <summary>Many agents as one: who has what from when on, what counts, what is shed.</summary>
internal static class FleetServices
{
    internal static WebApplicationBuilder AddFleet(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Fences>();
        builder.Services.AddHostedService(s => s.GetRequiredService<Fences>());
        builder.Services.AddSingleton<CurrentFences>(s => s.GetRequiredService<Fences>().LatestAsync);
        builder.Services.AddSingleton<Agreement>();
        builder.Services.AddSingleton<Dispatcher>();
        builder.Services.AddSingleton<LocalRuns>();
        builder.Services.AddSingleton<RunCalls>();
        builder.Services.AddHostedService(s => s.GetRequiredService<RunCalls>());
        builder.Services.AddSingleton<OnDemandRuns>();
        builder.Services.AddSingleton<Deliveries>();
        return builder;
    }
}
