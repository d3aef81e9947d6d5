using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Probes.Agent.Policy;

namespace Probes.Agent.Probes;

internal static class ProbesServices
{
    /// <summary>Adds <see cref="ProbeCatalog"/>. <see cref="ResolverOptions"/> may be added before.</summary>
    public static IServiceCollection AddProbes(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ResolverOptions>();
        services.AddSingleton(s => new ProbeCatalog(s.GetRequiredService<ResolverOptions>(), s.GetRequiredService<TargetGuard>(), s.GetRequiredService<TimeProvider>()));
        return services;
    }
}
