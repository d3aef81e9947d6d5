namespace Probes.Orchestrator.Heatmaps;

internal static class HeatmapsServices
{
    internal static WebApplicationBuilder AddHeatmaps(this WebApplicationBuilder builder)
    {
        // Made for each who asks, over the catalog that he sees.
        builder.Services.AddTransient<IHeatmapQueries, HeatmapQueries>();
        return builder;
    }
}
