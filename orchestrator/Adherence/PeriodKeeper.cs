using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Adherence;

/// <summary>Writes down when checks were to run, as they change. The leading orchestrator does it.</summary>
internal sealed class PeriodKeeper(
    ICatalog catalog, CatalogKeeper keeper, PeriodBook book, ILeadership leadership, StoreReady ready, IOptions<StoreOptions> options, TimeProvider time,
    ILogger<PeriodKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private long _forgotAt;

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        await keeper.WaitAsync(stoppingToken);
        catalog.Changed += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await KeepOnceAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested
                    && e is DbException or DbUpdateException or InvalidOperationException or TimeoutException or IOException)
                {
                    Log.NotKept(log, e.Message);
                }

                await _wake.WaitAsync(Every, stoppingToken);
            }
        }
        finally
        {
            catalog.Changed -= Wake;
        }
    }

    /// <summary>Makes the periods say what is to run now; false when they do already, or another orchestrator leads.</summary>
    internal async Task<bool> KeepOnceAsync(CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        if (ReferenceEquals(snapshot, CatalogSnapshot.Empty))
        {
            // Not read yet: to believe it would end every period.
            return false;
        }

        if (!leadership.Leads)
        {
            return false;
        }

        var plan = PeriodPlan.Make(await book.OpenAsync(ct), PeriodPlan.Wanted(snapshot), now);
        if (plan.Changes)
        {
            await book.WriteAsync(plan, leadership, ct);
        }

        if (_forgotAt == 0 || time.GetElapsedTime(_forgotAt) > ForgetEvery)
        {
            await book.ForgetAsync(now.AddDays(-options.Value.MinuteDays), ct);
            _forgotAt = time.GetTimestamp();
        }

        return plan.Changes;
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
        }
    }
}
