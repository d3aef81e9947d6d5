using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Probes.Agent.Secrets;

internal static class SecretServices
{
    /// <summary>Adds what holds secrets and keeps them from leaving.</summary>
    public static IHostApplicationBuilder AddSecrets(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SecretVault>();
        return builder;
    }
}
