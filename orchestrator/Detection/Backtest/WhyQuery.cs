using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>Answers for any minute that is still stored: replays the one pair up to it, as a backtest does, and explains its last judgment.</summary>
internal sealed class WhyQuery(
    ICatalog catalog, IResultStore store, ITierStore tiers, MaintenanceBook book, IIncidents incidents, EngineBook engines, IVerdicts verdicts, IOptions<DetectorOptions> options, IOptions<StoreOptions> kept, TimeProvider time)
{
    /// <summary>Minutes replayed before the one that is asked about; more when an incident is under way.</summary>
    private const int Before = 120;

    /// <summary>Minutes from the start of an incident on that are replayed at most.</summary>
    private const int Most = MinuteHistory.Day;

    /// <summary>The first minute that can be asked about.</summary>
    public DateTimeOffset Earliest => time.GetUtcNow() - TimeSpan.FromDays(kept.Value.MinuteDays);

    /// <param name="check">Qualified name of a check that there is.</param>
    /// <param name="region">One that it runs in.</param>
    /// <param name="at">Null, or within the last minute: now.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<WhyAnswer> AskAsync(string check, string region, DateTimeOffset? at, CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        var entry = snapshot.Checks[check];
        var live = at is null || MinuteHistory.MinuteOf(at.Value) >= MinuteHistory.MinuteOf(now);
        var minute = live ? MinuteHistory.MinuteOf(now) : MinuteHistory.MinuteOf(at!.Value);
        var covering = (await incidents.ListAsync(new IncidentQuery(Check: check, Region: region, From: MinuteHistory.Start(minute - Most), To: MinuteHistory.Start(minute + 1)), ct))
            .SelectMany(i => i.Impacts.Where(m => m.Check == check && m.Region == region).Select(m => (Incident: i, Impact: m))).ToList();
        var (verdict, standing, left) = live
            ? Live(verdicts.Of(check, region))
            : await ReplayAsync(snapshot, entry, region, minute, [.. covering.Where(c => c.Incident.Finding != "dismissed").Select(c => c.Impact)], ct);
        var conditions = Explanation.Of(verdict.Evidence, Watches.Of(options.Value, Regions.Of(snapshot, entry.Check).Count), verdict.Level, standing);
        var moment = live ? now : MinuteHistory.Start(minute);
        return new WhyAnswer(
            check, region, moment, live, verdict.Level, verdict.Since, verdict.Suspected, verdict.Shows, verdict.Sentence,
            Explanation.Summary(verdict.Level, standing, conditions, verdict.Sentence), verdict.Maintenance, verdict.Evidence, conditions,
            await PhasesAsync(snapshot, entry.Id, region, verdict.Evidence, left, ct), DetectorSettings.Of(options.Value),
            [.. covering.Where(c => c.Impact.StartedAt < MinuteHistory.Start(minute + 1) && (c.Impact.EndedAt is null || c.Impact.EndedAt > MinuteHistory.Start(minute)))
                .Select(c => new WhyIncident(c.Incident.Id, c.Incident.Title, c.Incident.Level, c.Incident.Finding)).Distinct()]);
    }

    // How often in a row something was found is not said of it; while it is suspected it was at least once.
    private static (Verdict Verdict, Standing Standing, HashSet<long> Left) Live(Verdict verdict) =>
        (verdict, new Standing(verdict.Suspected ? Level.Degraded : null, verdict.Suspected ? 1 : 0, verdict.Shows, verdict.Maintenance), []);

    private async Task<(Verdict Verdict, Standing Standing, HashSet<long> Left)> ReplayAsync(
        CatalogSnapshot snapshot, CatalogCheck entry, string region, long minute, IReadOnlyList<Impact> impacts, CancellationToken ct)
    {
        var began = impacts.Where(i => i.StartedAt < MinuteHistory.Start(minute + 1) && (i.EndedAt is null || i.EndedAt > MinuteHistory.Start(minute - Before)))
            .Select(i => MinuteHistory.MinuteOf(i.StartedAt)).DefaultIfEmpty(minute).Min();
        var first = Math.Max(Math.Min(minute, began) - Before, minute - Most);
        var only = snapshot with
        {
            Checks = CatalogSnapshot.Empty.Checks.Add(entry.Check.Name, entry),
            ChecksById = CatalogSnapshot.Empty.ChecksById.Add(entry.Id, entry),
        };
        List<CatalogWindow> windows = [.. (await book.EverAsync(MinuteHistory.Start(first - (2 * MinuteHistory.Day)), ct)).Where(w => w.Window.Names(entry.Check.Name))];
        var watches = new Watches(new Blamer(), options.Value, new Seasons(store, tiers, incidents)) { Includes = r => r == region, Engines = engines.Past() };
        var watch = watches.Of(entry.Check.Name, region, MinuteHistory.Start(first));
        foreach (var impact in impacts.Where(i => MinuteHistory.MinuteOf(i.StartedAt) < first))
        {
            watch.History.FlaggedBefore(first, MinuteHistory.MinuteOf(impact.StartedAt), Math.Min(impact.EndedAt is { } end ? MinuteHistory.MinuteOf(end) : first, first - 1));
        }

        await watches.LoadAsync(store, only, windows, MinuteHistory.Start(first), MinuteHistory.Start(first), ct);
        var minutes = new List<(RollupKey Key, byte[] Rollup)>();
        await store.VisitRollupsAsync(entry.Id, MinuteHistory.Start(first), MinuteHistory.Start(minute + 1), (key, bytes) => minutes.Add((key, bytes.ToArray())), ct);
        var byMinute = minutes.ToLookup(m => m.Key.Minute);
        var calendar = MaintenanceCalendar.Of(only, windows, first - 5, minute + 1);
        var (verdict, left) = ((Verdict?)null, new HashSet<long>());
        for (var at = first; at <= minute; at++)
        {
            ct.ThrowIfCancellationRequested();
            if ((await ReplayStep.JudgeAsync(watches, only, windows, calendar, at, byMinute[at], ct)).Verdicts is not [var judged])
            {
                break;
            }

            verdict = judged;
            if (verdict.Level is Level.Degraded or Level.Down)
            {
                left.UnionWith(Minutes(verdict.Since, at));
            }
        }

        var state = watches.Of(entry.Check.Name, region, MinuteHistory.Start(minute)).State;
        return verdict is null
            ? Live(new Verdict { Check = entry.Check.Name, Region = region, Level = Level.Unknown, Evidence = new Evidence(), Sentence = $"{region} is unknown: the check does not run there." })
            : (verdict with { Cause = null }, new Standing(state.InARow > 0 ? state.Candidate : null, state.InARow, verdict.Shows, verdict.Maintenance), left);
    }

    private async Task<IReadOnlyList<PhaseShift>> PhasesAsync(CatalogSnapshot snapshot, int check, string region, Evidence e, HashSet<long> left, CancellationToken ct)
    {
        var (now, then) = (new Rollup(), new Rollup());
        if (e.Runs > 0)
        {
            await VisitAsync(e.WindowFrom, e.WindowTo, now, _ => true);
        }

        if (e is { BaselineFrom: { } from, BaselineTo: { } to })
        {
            await VisitAsync(from, to, then, m => !left.Contains(m));
        }

        return
        [
            .. Enum.GetValues<Phase>().Where(p => now[p].Count + then[p].Count > 0).Select(p => new PhaseShift(p, Median(now[p]), Median(then[p])))
                .OrderByDescending(p => (p.NowMs ?? 0) - (p.BaselineMs ?? 0)),
        ];

        Task VisitAsync(DateTimeOffset first, DateTimeOffset end, Rollup into, Func<long, bool> counts) => store.VisitRollupsAsync(check, first, end, (RollupKey key, ReadOnlySpan<byte> bytes) =>
        {
            if (counts(key.Minute) && snapshot.RegionOf(key.AgentId) == region)
            {
                RollupCodec.MergeInto(bytes, into);
            }
        }, ct);
    }

    private static IEnumerable<long> Minutes(DateTimeOffset since, long to)
    {
        for (var minute = MinuteHistory.MinuteOf(since); minute <= to; minute++)
        {
            yield return minute;
        }
    }

    private static double? Median(Sketch sketch) => sketch.Count == 0 ? null : sketch.Quantile(0.5);
}
