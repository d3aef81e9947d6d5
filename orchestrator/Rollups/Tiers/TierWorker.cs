using System.Data.Common;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>
/// Makes hours and days once they are over, and again when something came late. No fence is needed: what is written is a function of what is stored, and a write whose marks are gone
/// changes nothing.
/// </summary>
internal sealed class TierWorker(TierBuilder builder, ILeadership leadership, StoreReady ready, TimeProvider time, ILogger<TierWorker> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await builder.RunAsync(() => leadership.Leads, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or InvalidOperationException or TimeoutException or IOException or FormatException)
            {
                Log.TiersFailed(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
