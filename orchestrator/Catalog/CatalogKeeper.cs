using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Catalog;

/// <summary>Reads the catalog when the store first answers, and again every few seconds for what other replicas have changed.</summary>
internal sealed class CatalogKeeper(
    ICatalog catalog, StoreReady store, IOptions<CatalogOptions> options, IConfiguration configuration, TimeProvider clock, ILogger<CatalogKeeper> log)
    : BackgroundService
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done once the catalog has been read and has its first location.</summary>
    internal Task WaitAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.RefreshSeconds), clock);
        do
        {
            try
            {
                await catalog.RefreshAsync(stoppingToken);
                if (!_ready.Task.IsCompleted)
                {
                    await SeedAsync(stoppingToken);
                    _ready.TrySetResult();
                }
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.RefreshFailed(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>A first location, so that the embedded agent and the first token have one. The demo brings its own.</summary>
    private async Task SeedAsync(CancellationToken ct)
    {
        if (catalog.Current.Locations.Count == 0 && !configuration.GetValue<bool>("Demo"))
        {
            var local = new Location { Name = "local", Description = "where the orchestrator runs" };
            await catalog.ApplyAsync(new DocumentSet([], [local], []), dryRun: false, ct);
        }
    }
}
