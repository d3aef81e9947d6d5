using System.Data.Common;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups;

/// <summary>Brings results into the rollups: each orchestrator adds what it has stored, and the leader computes anew what was left by one that died.</summary>
internal sealed class RollupWorker(
    IResultStore store, ILeadership leadership, StoreReady ready, ICatalog catalog, EventHub events, TimeProvider time, ILogger<RollupWorker> logger)
    : BackgroundService
{
    /// <summary>Keys of one transaction.</summary>
    internal const int Most = 10_000;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            try
            {
                await RollUpOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or InvalidOperationException or TimeoutException or IOException)
            {
                Log.RollUpFailed(logger, e);
            }

            await Task.Delay(Pause(time.GetElapsedTime(started)), time, stoppingToken);
        }
    }

    /// <summary>
    /// How long until the next time. A live minute changes again at once: waiting in proportion to the cost keeps this to half of the time, and under load makes each write of a rollup cover more results.
    /// What costs next to nothing is done twice a second.
    /// </summary>
    /// <param name="took">The last time.</param>
    internal static TimeSpan Pause(TimeSpan took) =>
        10 * took < ShortestWait ? ShortestWait : took < Wait ? Wait : took > LongestWait ? LongestWait : took;

    /// <summary>What is in hand at the end is added still; when that fails, the next leader does it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await store.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or TimeoutException or IOException or OperationCanceledException)
        {
            Log.RollUpFailed(logger, e);
        }
    }

    /// <summary>Rolls up what is dirty now; returns how many keys.</summary>
    internal async Task<int> RollUpOnceAsync(CancellationToken ct)
    {
        // No fence is needed: a rollup is a function of what is stored, made under a lock, and comes out the same whoever makes it.
        var added = await store.FlushAsync(ct);
        Tell(added);
        var done = added.Count;
        while (leadership.Leads)
        {
            var keys = await store.ReadLeftAsync(Most, ct);
            if (keys.Count > 0)
            {
                await store.RollUpAsync(keys, ct);
                Tell(keys);
                done += keys.Count;
            }

            // What came in meanwhile waits for the next round, unless there is a backlog.
            if (keys.Count < Most)
            {
                break;
            }
        }

        return done;
    }

    private void Tell(IReadOnlyCollection<RollupKey> keys)
    {
        var checks = catalog.Current.ChecksById;
        foreach (var id in keys.Select(k => k.CheckId).Distinct())
        {
            if (checks.TryGetValue(id, out var check))
            {
                events.Publish(new LiveEvent("rollup", check.Check.Name));
            }
        }
    }
}
