using System.Data.Common;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Leadership;

namespace Probes.Orchestrator.Store;

/// <summary>Removes what is older than its retention, at start and then each hour; one orchestrator at a time.</summary>
internal sealed class RetentionWorker(
    IResultStore store, ILeadership leadership, StoreReady ready, IOptions<StoreOptions> options, TimeProvider time, ILogger<RetentionWorker> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ExpireOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or InvalidOperationException or TimeoutException or IOException)
            {
                Log.ExpireFailed(logger, e);
            }

            await Task.Delay(TimeSpan.FromHours(1), time, stoppingToken);
        }
    }

    internal async Task<long> ExpireOnceAsync(CancellationToken ct)
    {
        if (!leadership.Leads)
        {
            return 0;
        }

        var now = time.GetUtcNow();
        var rows = await store.ExpireAsync(now.AddDays(-options.Value.ResultRetentionDays), now.AddDays(-options.Value.RollupRetentionDays), ct);
        if (rows > 0)
        {
            Log.Expired(logger, rows);
        }

        return rows;
    }
}
