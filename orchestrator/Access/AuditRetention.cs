using System.Data.Common;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Access;

/// <summary>Removes audit entries that are older than their retention, each hour; one orchestrator at a time.</summary>
internal sealed class AuditRetention(
    AuditLog log, ILeadership leadership, StoreReady ready, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditRetention> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        do
        {
            try
            {
                await ExpireOnceAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested && fault is DbException or InvalidOperationException or TimeoutException)
            {
                Log.AuditNotExpired(logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task<int> ExpireOnceAsync(CancellationToken ct) =>
        leadership.Leads ? await log.ExpireAsync(clock.GetUtcNow().AddDays(-options.Value.RetentionDays), ct) : 0;
}
