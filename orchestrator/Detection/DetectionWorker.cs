using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// Judges every check in every region, each second where that costs little. Each orchestrator judges for itself, from the same rollups; only the one
/// that leads writes incidents.
/// </summary>
internal sealed class DetectionWorker(
    ICatalog catalog, IResultStore store, StoreReady ready, ILeadership leadership, IncidentReader past, IncidentBook incidents, Blamer blamer, Verdicts verdicts,
    Silence silence, EventHub events, Seasons seasons, Confirmer confirmer, EngineBook engines,
    IOptions<DetectorOptions> options, TimeProvider time, ILogger<DetectionWorker> logger, AnswerBook? answers = null) : BackgroundService
{
    /// <summary>Minutes read again each time: what arrives later than this is in the heatmap, but no longer judged.</summary>
    private const int Reread = 3;

    /// <summary>Checks whose hours are read in one round, at least: all of a thousand are known some minutes after a start.</summary>
    private const int HoursAtOnce = 10;

    /// <summary>Seconds within which those of all checks are read, however many there are: an hour is judged once, and the next must not come before.</summary>
    private const int HoursWithin = 1800;

    /// <summary>A round takes at most one part of so many of the time.</summary>
    private const int Share = 20;

    /// <summary>Longer it does not wait for that.</summary>
    private const int MostSeconds = 5;

    private readonly Watches _watches = new(blamer, options.Value, seasons) { Answers = answers, Confirmed = confirmer.Book.Of, Engines = _ => engines.Known };
    private readonly CurrentMaintenance _current = new();
    private bool _resumed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        var again = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            try
            {
                await JudgeOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or DbUpdateException or InvalidOperationException or TimeoutException or IOException or FormatException)
            {
                Log.JudgingFailed(logger, e);
            }

            // What is about to be flagged waits for no more than what was usual at this time; once, for those that ask while it is read.
            again = !again && _watches.Asks;
            await Task.Delay(again ? TimeSpan.Zero : Pause(time.GetElapsedTime(started), options.Value.EverySeconds), time, stoppingToken);
        }
    }

    /// <summary>How long until the next round: each second where little is judged; ten thousand pairs of check and region take the longest.</summary>
    /// <param name="took">The last round.</param>
    /// <param name="everySeconds">As set.</param>
    internal static TimeSpan Pause(TimeSpan took, int everySeconds) =>
        TimeSpan.FromSeconds(Math.Clamp((Share - 1) * took.TotalSeconds, everySeconds, Math.Max(everySeconds, MostSeconds)));

    internal async Task JudgeOnceAsync(CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        if (ReferenceEquals(snapshot, CatalogSnapshot.Empty))
        {
            // Not read yet: to judge nothing would end every incident.
            return;
        }

        await ResumeAsync(snapshot, now, ct);
        var minute = MinuteHistory.MinuteOf(now);
        var maintenance = _current.At(snapshot, minute);
        await ReadAsync(snapshot, now, maintenance, ct);
        await confirmer.Book.RefreshAsync(now, ct);
        await engines.RefreshAsync(ct);
        var agents = new Lazy<IReadOnlyList<AgentStatus>>(silence.Agents);
        var (judged, blamed, suspicions) = _watches.Judge(snapshot, maintenance, now, (check, region) => silence.Why(check, region, agents.Value));
        foreach (var changed in verdicts.Replace(judged))
        {
            Log.Judged(logger, changed.Check, changed.Region, changed.Level, changed.Sentence);
            events.Publish(new LiveEvent("verdict", changed.Check));
        }

        if (leadership.Leads)
        {
            confirmer.Ask(suspicions);
            await incidents.RecordAsync(judged, blamed, leadership, ct);
        }
    }

    // Incidents are taken up again, so that a restart neither opens them twice, nor forgets since when, nor takes them for normal.
    private async Task ResumeAsync(CatalogSnapshot snapshot, DateTimeOffset now, CancellationToken ct)
    {
        if (_resumed)
        {
            return;
        }

        foreach (var incident in await past.RecentAsync(now.AddHours(-OlderRuns.Hours), ct))
        {
            // What was found of another target says nothing of this one, and ends when it is known to be well.
            if (snapshot.Checks.TryGetValue(incident.Check, out var entry) && MinuteHistory.MinuteOf(incident.StartedAt) < OtherTarget.CountsFrom(entry, now))
            {
                continue;
            }

            var watch = _watches.Of(incident.Check, incident.Region, now);
            watch.History.FlaggedBefore(MinuteHistory.MinuteOf(now), MinuteHistory.MinuteOf(incident.StartedAt), MinuteHistory.MinuteOf(incident.EndedAt ?? now));
            if (incident.EndedAt is null)
            {
                watch.Resume(incident.Level, incident.StartedAt);
            }
        }

        _resumed = true;
    }

    internal static int AtOnce(int checks, int everySeconds) => Math.Max(HoursAtOnce, (int)Math.Ceiling((double)checks * everySeconds / HoursWithin));

    private async Task ReadAsync(CatalogSnapshot snapshot, DateTimeOffset now, MaintenanceCalendar maintenance, CancellationToken ct)
    {
        await _watches.RecallAsync(snapshot, now, AtOnce(snapshot.Checks.Count, Math.Max(MostSeconds, options.Value.EverySeconds)), ct);
        await _watches.LoadAsync(store, snapshot, [.. snapshot.Windows.Values], now, now.AddMinutes(2), ct);
        await store.VisitRollupsAsync(now.AddMinutes(-Reread), now.AddMinutes(2), (key, bytes) => _watches.Take(snapshot, maintenance, key, bytes, now), ct);
    }
}
