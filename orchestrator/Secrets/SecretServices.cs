namespace Probes.Orchestrator.Secrets;

/// <summary>Values that checks refer to by name: kept encrypted, sent only to agents that need them, shown to nobody.</summary>
internal static class SecretServices
{
    internal static WebApplicationBuilder AddSecrets(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SecretValues>();
        builder.Services.AddHostedService(s => s.GetRequiredService<SecretValues>());
        builder.Services.AddSingleton<SecretNeeds>();
        builder.Services.AddSingleton<SecretBook>();
        return builder;
    }

    internal static void MapSecrets(this WebApplication app) => SecretEndpoints.Map(app.MapGroup("/api/v1"));
}
