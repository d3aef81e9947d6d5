using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Judges every check in every region every few seconds. Each orchestrator judges for itself, from the same rollups; only the one
/// that leads writes incidents.
/// </summary>
internal sealed class DetectionWorker(
    ICatalog catalog, IResultStore store, StoreReady ready, ILeadership leadership, IncidentReader past, IncidentBook incidents, Blamer blamer, Verdicts verdicts,
    Silence silence, EventHub events,
    IOptions<DetectorOptions> options, TimeProvider time, ILogger<DetectionWorker> logger) : BackgroundService
{
    /// <summary>Minutes read again each time: what arrives later than this is in the heatmap, but no longer judged.</summary>
    private const int Reread = 3;

    private readonly Dictionary<(string Check, string Region), RegionWatch> _watches = [];
    private readonly HashSet<int> _loaded = [];
    private readonly CurrentMaintenance _current = new();
    private bool _resumed;

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
        if (ReferenceEquals(snapshot, CatalogSnapshot.Empty))
        {
            // Not read yet: to judge nothing would end every incident.
            return;
        }

        await ResumeAsync(now, ct);
        var minute = MinuteHistory.MinuteOf(now);
        var maintenance = _current.At(snapshot, minute);
        await ReadAsync(snapshot, now, maintenance, ct);
        var signs = new List<Sign>();
        var agents = new Lazy<IReadOnlyList<AgentStatus>>(silence.Agents);
        foreach (var entry in snapshot.Checks.Values)
        {
            var target = ProbeKinds.Host(entry.Check.Probe);
            foreach (var region in Regions.Of(snapshot, entry.Check))
            {
                var watch = Watch(entry.Check.Name, region, now);
                watch.History.Excuse(maintenance.Minutes(entry.Check, region));
                var verdict = watch.Judge(entry.Check, now, options.Value, () => silence.Why(entry.Check, region, agents.Value), maintenance.Covers(entry.Check, region, minute));
                signs.Add(new Sign(Agents.Named(verdict, snapshot), target, entry.Check.Interval));
            }
        }

        var blamed = blamer.Find(signs, s => _watches[(s.Verdict.Check, s.Verdict.Region)].History.OnlyAgent(now) is { } agent ? Agents.NameOf(agent, s.Verdict.Check, snapshot) : null);
        var causes = blamed.SelectMany(b => b.Signs.Select(s => (s.Verdict.Check, s.Verdict.Region, b.Cause))).ToDictionary(c => (c.Check, c.Region), c => c.Cause);
        List<Verdict> judged = [.. signs.Select(s => causes.TryGetValue((s.Verdict.Check, s.Verdict.Region), out var cause) ? s.Verdict with { Cause = cause } : s.Verdict)];
        Forget(judged, snapshot);
        foreach (var changed in verdicts.Replace(judged))
        {
            Log.Judged(logger, changed.Check, changed.Region, changed.Level, changed.Sentence);
            events.Publish(new LiveEvent("verdict", changed.Check));
        }

        if (leadership.Leads)
        {
            await incidents.RecordAsync(judged, blamed, leadership, ct);
        }
    }

    // Incidents are taken up again, so that a restart neither opens them twice, nor forgets since when, nor takes them for normal.
    private async Task ResumeAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (_resumed)
        {
            return;
        }

        foreach (var incident in await past.RecentAsync(now.AddMinutes(-MinuteHistory.Day), ct))
        {
            var watch = Watch(incident.Check, incident.Region, now);
            watch.History.Flag(
                Math.Max(MinuteHistory.MinuteOf(incident.StartedAt), MinuteHistory.MinuteOf(now) - MinuteHistory.Day), MinuteHistory.MinuteOf(incident.EndedAt ?? now));
            if (incident.EndedAt is null)
            {
                watch.Resume(incident.Level, incident.StartedAt);
            }
        }

        _resumed = true;
    }

    private async Task ReadAsync(CatalogSnapshot snapshot, DateTimeOffset now, MaintenanceCalendar maintenance, CancellationToken ct)
    {
        var calendar = maintenance;
        foreach (var entry in snapshot.Checks.Values.Where(c => !_loaded.Contains(c.Id)))
        {
            // A baseline lies before the incidents of the last day.
            var flagged = _watches.Where(w => w.Key.Check == entry.Check.Name).Min(w => w.Value.History.EarliestFlagged) ?? long.MaxValue;
            var back = MinuteHistory.MostWindow(entry.Check) + RegionWatch.BaselineMinutes(entry.Check, options.Value);
            var from = Math.Min(flagged, MinuteHistory.MinuteOf(now)) - back;
            calendar = MaintenanceCalendar.Of(snapshot, snapshot.Windows.Values.Where(w => w.Window.Names(entry.Check.Name)), from, MinuteHistory.MinuteOf(now) + 1);
            foreach (var region in calendar.IsEmpty ? [] : Regions.Of(snapshot, entry.Check))
            {
                Watch(entry.Check.Name, region, now).History.Excuse(calendar.Minutes(entry.Check, region));
            }

            await store.VisitRollupsAsync(entry.Id, MinuteHistory.Start(from), now.AddMinutes(2), Take, ct);
            _loaded.Add(entry.Id);
        }

        calendar = maintenance;
        await store.VisitRollupsAsync(now.AddMinutes(-Reread), now.AddMinutes(2), Take, ct);

        void Take(Rollups.RollupKey key, ReadOnlySpan<byte> bytes)
        {
            if (snapshot.ChecksById.TryGetValue(key.CheckId, out var check) && !check.Deleted && !LeavesOut(check.Check, key))
            {
                Watch(check.Check.Name, snapshot.RegionOf(key.AgentId), now).History.Put(key, bytes);
            }
        }

        bool LeavesOut(Check check, Rollups.RollupKey key) =>
            snapshot.AgentsById.TryGetValue(key.AgentId, out var agent) && calendar.LeavesOut(check, agent.Location, key.Minute);
    }

    private RegionWatch Watch(string check, string region, DateTimeOffset now)
    {
        if (!_watches.TryGetValue((check, region), out var watch))
        {
            _watches[(check, region)] = watch = new RegionWatch(check, region, now);
        }

        return watch;
    }

    private void Forget(List<Verdict> judged, CatalogSnapshot snapshot)
    {
        // What comes back, such as a check deleted and made again, is read anew.
        _loaded.RemoveWhere(id => !snapshot.ChecksById.TryGetValue(id, out var check) || check.Deleted);
        var live = judged.Select(v => (v.Check, v.Region)).ToHashSet();
        foreach (var gone in _watches.Keys.Where(k => !live.Contains(k)).ToList())
        {
            _watches.Remove(gone);
        }
    }
}
