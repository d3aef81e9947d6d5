using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Live;

namespace Probes.Orchestrator.Catalog;

/// <summary>Checks, locations and maintenance windows: what is defined.</summary>
internal static class CatalogServices
{
    internal static WebApplicationBuilder AddCatalog(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog").ValidateOnStart();
        services.AddSingleton<IValidateOptions<CatalogOptions>, CatalogOptionsValidator>();
        services.TryAddSingleton<EventHub>();
        services.AddSingleton<CatalogStore>();
        services.AddSingleton<ICatalog, Catalog>();
        services.AddTransient<AuditedCatalog>();
        services.AddSingleton<LocationRemover>();
        services.AddSingleton<CatalogKeeper>();
        services.AddHostedService(s => s.GetRequiredService<CatalogKeeper>());
        services.AddSingleton<CatalogWatchStatus>();
        services.AddHostedService<CatalogWatcher>();
        return builder;
    }
}
