using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Broker;

/// <summary>Agents' identities at the broker: RabbitMQ asks here who they are and what they may.</summary>
internal static class BrokerServices
{
    internal static WebApplicationBuilder AddBroker(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<BrokerOptions>().BindConfiguration(BrokerOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BrokerOptions>, BrokerOptionsValidator>();
        services.AddSingleton<AgentRights>();
        services.AddSingleton<BrokerConnections>();
        services.AddHostedService<Revoker>();
        return builder;
    }

    internal static void MapBroker(this WebApplication app) => AuthEndpoints.Map(app);
}
