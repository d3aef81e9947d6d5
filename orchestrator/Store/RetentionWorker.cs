using System.Data.Common;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Store;

/// <summary>Removes what is older than its tier's retention, at start and then each hour; one orchestrator at a time.</summary>
internal sealed class RetentionWorker(
    IResultStore store, ITierStore tiers, GapBook gaps, LateResults late, MaintenanceBook maintenance, IncidentReader incidents, EngineBook engines, ILeadership leadership, StoreReady ready, IOptions<StoreOptions> options, TimeProvider time, ILogger<RetentionWorker> logger)
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

        var rows = await ExpireAsync(time.GetUtcNow(), await tiers.StateAsync(ct), ct);
        if (rows > 0)
        {
            Log.Expired(logger, rows);
        }

        return rows;
    }

    /// <summary>Each tier by its own time, in whole days, and never before the coarser one has been made of it. What goes is said first, so that nobody builds on what is half gone.</summary>
    private async Task<long> ExpireAsync(DateTimeOffset now, TierState state, CancellationToken ct)
    {
        var minutes = Math.Min(Before(options.Value.MinuteDays), Tier.Day.Floor(state.Hour.Built));
        var hours = Math.Min(Before(options.Value.HourDays), Tier.Day.Floor(state.Day.Built));
        var days = Before(options.Value.DayDays);
        await tiers.SetGoneAsync(Tier.Results, Before(options.Value.ResultRetentionDays) + Tier.Day.Minutes(), ct);
        await tiers.SetGoneAsync(Tier.Minute, minutes, ct);
        await tiers.SetGoneAsync(Tier.Hour, hours, ct);
        await tiers.SetGoneAsync(Tier.Day, days, ct);
        var rows = await store.ExpireAsync(now.AddDays(-options.Value.ResultRetentionDays), Tiers.Time(minutes), ct);
        rows += await gaps.ForgetAsync(Tiers.Time(minutes), ct);
        rows += await late.ForgetAsync(minutes, ct);
        rows += await maintenance.ForgetAsync(Tiers.Time(minutes), ct);
        rows += await engines.ForgetAsync(Tiers.Time(minutes), ct);
        rows += await incidents.ForgetAsync(Tiers.Time(days), ct);
        rows += await tiers.ExpireAsync(Tier.Hour, hours, ct);
        return rows + await tiers.ExpireAsync(Tier.Day, days, ct);

        long Before(int age) => Tier.Day.Floor(Tiers.MinuteOf(now.AddDays(-age)));
    }
}
