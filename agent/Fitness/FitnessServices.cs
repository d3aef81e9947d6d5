using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Probes.Agent.Fitness;

internal static class FitnessServices
{
    /// <summary>Adds what judges the agent itself; it stands between runs and spool.</summary>
    public static IHostApplicationBuilder AddFitness(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ResolverCanary>();
        builder.Services.TryAddSingleton<ReadMachine>(_ => new MachineSignals().Read);
        builder.Services.AddSingleton<FitnessMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FitnessMonitor>());
        return builder;
    }
}
