using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Judges every check in every region every few seconds. Each orchestrator judges for itself, from the same rollups; only the one
/// that holds the name writes incidents.
/// </summary>
internal sealed class DetectionWorker(
    ICatalog catalog, IResultStore store, StoreReady ready, ISingletons singletons, IncidentBook incidents, Verdicts verdicts, EventHub events,
    IOptions<DetectorOptions> options, TimeProvider time, ILogger<DetectionWorker> logger) : BackgroundService
{
    /// <summary>Minutes read again each time: what arrives later than this is in the heatmap, but no longer judged.</summary>
    private const int Reread = 3;

    private readonly Dictionary<(string Check, string Region), RegionWatch> _watches = [];
    private readonly HashSet<int> _loaded = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.EverySeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await JudgeOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or DbUpdateException or InvalidOperationException or TimeoutException or IOException)
            {
                Log.JudgingFailed(logger, e);
            }
        }
    }

    internal async Task JudgeOnceAsync(CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        await ResumeAsync(now, ct);
        await ReadAsync(snapshot, now, ct);
        var judged = new List<Verdict>();
        foreach (var entry in snapshot.Checks.Values)
        {
            foreach (var region in Regions.Of(snapshot, entry.Check))
            {
                judged.Add(Watch(entry.Check.Name, region, now).Judge(entry.Check, now, options.Value));
            }
        }

        Forget(judged);
        foreach (var changed in verdicts.Replace(judged))
        {
            Log.Judged(logger, changed.Check, changed.Region, changed.Level, changed.Sentence);
            events.Publish(new LiveEvent("verdict", changed.Check));
        }

        await using var lead = await singletons.TryTakeAsync("detection", ct);
        if (lead is not null)
        {
            await incidents.RecordAsync(judged, ct);
        }
    }

    // Open incidents are taken up again, so that a restart neither opens them twice nor forgets since when.
    private async Task ResumeAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (_watches.Count > 0)
        {
            return;
        }

        foreach (var incident in await incidents.OpenAsync(ct))
        {
            Watch(incident.Check, incident.Region, now).Resume(incident.Level, incident.StartedAt);
        }
    }

    private async Task ReadAsync(CatalogSnapshot snapshot, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var entry in snapshot.Checks.Values.Where(c => !_loaded.Contains(c.Id)))
        {
            var back = MinuteHistory.MostWindow(entry.Check) + RegionWatch.BaselineMinutes(entry.Check, options.Value);
            await store.VisitRollupsAsync(entry.Id, now.AddMinutes(-back), now.AddMinutes(2), Take, ct);
            _loaded.Add(entry.Id);
        }

        await store.VisitRollupsAsync(now.AddMinutes(-Reread), now.AddMinutes(2), Take, ct);

        void Take(Rollups.RollupKey key, ReadOnlySpan<byte> bytes)
        {
            if (snapshot.ChecksById.TryGetValue(key.CheckId, out var check) && !check.Deleted)
            {
                Watch(check.Check.Name, snapshot.RegionOf(key.AgentId), now).History.Put(key, bytes);
            }
        }
    }

    private RegionWatch Watch(string check, string region, DateTimeOffset now)
    {
        if (!_watches.TryGetValue((check, region), out var watch))
        {
            _watches[(check, region)] = watch = new RegionWatch(check, region, now);
        }

        return watch;
    }

    private void Forget(List<Verdict> judged)
    {
        var live = judged.Select(v => (v.Check, v.Region)).ToHashSet();
        foreach (var gone in _watches.Keys.Where(k => !live.Contains(k)).ToList())
        {
            _watches.Remove(gone);
        }
    }
}
