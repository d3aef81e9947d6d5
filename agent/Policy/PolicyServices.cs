using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Session;

namespace Probes.Agent.Policy;

internal static class PolicyServices
{
    /// <summary>Adds what says what this agent does not touch.</summary>
    public static IHostApplicationBuilder AddPolicy(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new TargetGuard(
            services.GetRequiredService<AgentOptions>().Guard, new OwnAddresses(services.GetRequiredService<TimeProvider>())));
        builder.Services.AddSingleton(services => new LocationMemory(
            services.GetRequiredService<DataFolder>().File(LocationMemory.FileName), services.GetRequiredService<TargetGuard>(),
            services.GetRequiredService<ILogger<LocationMemory>>()));
        return builder;
    }
}
