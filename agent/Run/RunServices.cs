using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Probes.Agent.Probes;
using Probes.Agent.Schedule;
using Probes.Agent.Secrets;

namespace Probes.Agent.Run;

internal static class RunServices
{
    /// <summary>Adds what turns due runs into spooled results.</summary>
    public static IHostApplicationBuilder AddRun(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<FindProbe>(services =>
        {
            var (catalog, vault) = (services.GetRequiredService<ProbeCatalog>(), services.GetRequiredService<SecretVault>());
            var probes = catalog.Kinds.ToDictionary(k => k, k => new SecretProbe(catalog.Find(k)!, vault), StringComparer.Ordinal);
            return kind => probes.GetValueOrDefault(kind);
        });
        builder.Services.AddSingleton<RunCounters>();
        builder.Services.AddSingleton<RunPipeline>();
        builder.Services.AddSingleton<OnDemandRuns>();
        builder.Services.AddSingleton<IRunSink>(services => services.GetRequiredService<RunPipeline>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RunPipeline>());
        return builder;
    }
}
