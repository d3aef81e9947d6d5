using Probes.Orchestrator.Embedded.Demo;

namespace Probes.Orchestrator.Embedded;

/// <summary>Agents inside this process: one by default, five with the demo.</summary>
internal static class EmbeddedServices
{
    internal static WebApplicationBuilder AddEmbedded(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EmbeddedOptions>().BindConfiguration("Embedded");
        services.AddSingleton<EmbeddedAgents>();
        if (builder.Configuration.GetValue<bool>("Demo"))
        {
            services.AddHostedService<DemoRunner>();
        }
        else if (builder.Configuration.GetValue("Embedded:Enabled", true))
        {
            services.AddHostedService<EmbeddedRunner>();
        }

        return builder;
    }
}
