namespace Probes.Orchestrator.Rollups;

internal static class RollupServices
{
    public static WebApplicationBuilder AddRollups(this WebApplicationBuilder builder)
    {
        builder.Services.AddHostedService<RollupWorker>();
        return builder;
    }
}
