namespace Probes.Orchestrator.Heatmaps;

internal static class HeatmapsServices
{
    internal static WebApplicationBuilder AddHeatmaps(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IHeatmapQueries, HeatmapQueries>();
        return builder;
    }
}
