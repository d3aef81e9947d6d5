using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Probes.Agent.Probes;
using Probes.Agent.Schedule;

namespace Probes.Agent.Run;

internal static class RunServices
{
    /// <summary>Adds what turns due runs into spooled results.</summary>
    public static IHostApplicationBuilder AddRun(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<FindProbe>(services => services.GetRequiredService<ProbeCatalog>().Find);
        builder.Services.AddSingleton<RunCounters>();
        builder.Services.AddSingleton<RunPipeline>();
        builder.Services.AddSingleton<OnDemandRuns>();
        builder.Services.AddSingleton<IRunSink>(services => services.GetRequiredService<RunPipeline>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RunPipeline>());
        return builder;
    }
}
