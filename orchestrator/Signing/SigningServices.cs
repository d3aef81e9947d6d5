namespace Probes.Orchestrator.Signing;

/// <summary>What agents are told to probe is signed, so that nothing between them and us, nor a stolen listener, can tell them otherwise.</summary>
internal static class SigningServices
{
    internal static WebApplicationBuilder AddSigning(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SigningKeyStore>();
        builder.Services.AddSingleton<SigningKeys>();
        builder.Services.AddHostedService(s => s.GetRequiredService<SigningKeys>());
        builder.Services.AddHealthChecks().AddCheck<SigningHealth>("signing", tags: ["ready"]);
        return builder;
    }

    internal static void MapSigning(this WebApplication app) => SigningKeyEndpoints.Map(app);
}
