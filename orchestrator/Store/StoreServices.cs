using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Store.Postgres;
using Probes.Orchestrator.Store.Sqlite;

namespace Probes.Orchestrator.Store;

internal static class StoreServices
{
    /// <summary>The chosen engine: contexts, result store, migrations at start, readiness, retention.</summary>
    public static WebApplicationBuilder AddStore(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<StoreOptions>()
            .Bind(builder.Configuration.GetSection(StoreOptions.Section))
            .Configure<IConfiguration>((options, all) => options.DataFolder = all["Data"] is { Length: > 0 } data ? data : options.DataFolder)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreTargetValidator>();
        services.AddSingleton(provider => StoreTarget.From(provider.GetRequiredService<IOptions<StoreOptions>>().Value));
        services.AddSingleton<IDbContextFactory<ProbesContext>, ContextFactory>();
        services.AddSingleton<StoreReady>();
        services.AddSingleton(provider => (ITiered)Open(provider.GetRequiredService<StoreTarget>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => (IResultStore)provider.GetRequiredService<ITiered>());
        services.AddSingleton(provider => provider.GetRequiredService<ITiered>().Tiers);
        services.AddSingleton<GapBook>();
        services.AddSingleton<LateResults>();
        services.AddSingleton<DeadLetterBook>();
        services.AddHostedService<StoreStarter>();
        services.AddHostedService<RetentionWorker>();
        services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: ["ready"]);
        return builder;
    }

    internal static IResultStore Open(StoreTarget target, TimeProvider time) =>
        target.Engine == StoreEngine.Postgres ? new PostgresStore(target, time) : new SqliteStore(target, time);
}
