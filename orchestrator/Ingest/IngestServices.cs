using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Ingest;

internal static class IngestServices
{
    /// <summary>Adds the bus, its consumer, the intake and the relay. Settings: <see cref="BusOptions"/>.</summary>
    public static WebApplicationBuilder AddIngest(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<BusOptions>, BusOptionsValidator>();
        services.AddOptions<BusOptions>().BindConfiguration(BusOptions.Section).ValidateOnStart();
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<IngestReceipts>();
        services.AddSingleton<BatchSenders>();
        services.AddSingleton<BatchIntake>();
        services.AddSingleton<DeadLetterReplay>();
        services.AddSingleton(s => new BatchRelay(
            s.GetRequiredService<IBus>(), s.GetRequiredService<IngestReceipts>(), s.GetRequiredService<BatchSenders>(), s.GetRequiredService<IOptions<BusOptions>>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<BatchRelay>>()));
        services.AddGrpc();
        services.AddHealthChecks().AddCheck<BusHealthCheck>("bus", tags: ["ready"]);

        var options = builder.Configuration.GetSection(BusOptions.Section).Get<BusOptions>() ?? new BusOptions();
        services.AddMassTransit(bus => BusSetup.Configure(bus, options));
        return builder;
    }

    public static WebApplication MapIngest(this WebApplication app)
    {
        app.MapGrpcService<ResultRelayService>();
        return app;
    }
}
