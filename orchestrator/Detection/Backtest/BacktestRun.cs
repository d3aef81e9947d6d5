using System.Runtime.CompilerServices;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>
/// Replays stored minutes through live detection's own code, judging once a minute at its end, by the settings in force and by those proposed side by side. Reads a few hours at a time, and gives
/// way to whatever else the machine has to do.
/// </summary>
internal sealed class BacktestRun(IResultStore store, ITierStore tiers, MaintenanceBook book, IIncidents incidents, EngineBook engines, BacktestGate gate, TimeProvider time)
{
    /// <summary>Minutes judged before the span, so that what was under way at its start is known.</summary>
    private const int WarmUp = 60;

    /// <summary>Rollups in memory at once, about; each has some hundred bytes.</summary>
    private const int Held = 200_000;

    /// <summary>Incidents that are held against it, at most: the latest.</summary>
    private const int MostIncidents = 10_000;

    /// <summary>A part of its time it does nothing: one millisecond in five at least.</summary>
    private static readonly TimeSpan Works = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Rests = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);

    /// <param name="plan">What to replay.</param>
    /// <param name="ct">Breaks it off.</param>
    /// <returns>How far it is, now and then, and at last the report.</returns>
    public async IAsyncEnumerable<BacktestProgress> RunAsync(BacktestPlan plan, [EnumeratorCancellation] CancellationToken ct)
    {
        var began = time.GetTimestamp();
        var first = plan.From - WarmUp;
        var (from, to, all) = (MinuteHistory.Start(plan.From), MinuteHistory.Start(plan.To), plan.To - first);
        yield return gate.Tell(new BacktestProgress("load", 0, all));
        List<CatalogWindow> windows = [.. (await book.EverAsync(MinuteHistory.Start(first - (2 * MinuteHistory.Day)), ct)).Where(w => plan.Catalog.Checks.Keys.Any(w.Window.Names))];
        var past = await incidents.ListAsync(new IncidentQuery(From: MinuteHistory.Start(first - MinuteHistory.Day), To: to, Limit: MostIncidents), ct);
        Side[] sides = plan.Proposed is { } proposed ? [NewSide(plan.Current, plan), NewSide(proposed, plan)] : [NewSide(plan.Current, plan)];
        foreach (var side in sides)
        {
            LeaveOut(side.Watches, plan, past, first);
            await side.Watches.LoadAsync(store, plan.Catalog, windows, MinuteHistory.Start(first), MinuteHistory.Start(first), ct);
        }

        await foreach (var minute in ReplayAsync(plan, sides, windows, first, ct))
        {
            yield return gate.Tell(new BacktestProgress("replay", minute - first, all));
        }

        var scoring = new BacktestScoring(from, to, Of(past, plan, from), plan.Strict);
        var current = scoring.Score(plan.Current, sides[0].Book);
        var other = plan.Proposed is null ? null : scoring.Score(plan.Proposed, sides[1].Book);
        yield return gate.Tell(new BacktestProgress("done", all, all, new BacktestReport(
            from, to, plan.Pairs, all * plan.Pairs * sides.Length, time.GetElapsedTime(began).TotalSeconds, current, other, scoring.Incidents(current, other))));
    }

    private async IAsyncEnumerable<long> ReplayAsync(
        BacktestPlan plan, Side[] sides, IReadOnlyList<CatalogWindow> windows, long first, [EnumeratorCancellation] CancellationToken ct)
    {
        var (from, worked, told) = (MinuteHistory.Start(plan.From), time.GetTimestamp(), time.GetTimestamp());
        var chunk = Math.Clamp(Held / plan.Pairs, 10, 360);
        for (var at = first; at < plan.To; at += chunk)
        {
            var next = Math.Min(at + chunk, plan.To);
            var minutes = await ReadAsync(plan.Catalog, at, next, ct);
            var calendar = MaintenanceCalendar.Of(plan.Catalog, windows, at, next);
            for (var minute = at; minute < next; minute++)
            {
                foreach (var side in sides)
                {
                    side.Book.Note(await ReplayStep.JudgeAsync(side.Watches, plan.Catalog, windows, calendar, minute, minutes[minute], ct), ReplayStep.At(minute), from);
                    if (time.GetElapsedTime(worked) > Works)
                    {
                        await Task.Delay(Rests, time, ct);
                        worked = time.GetTimestamp();
                    }
                }

                if (time.GetElapsedTime(told) > TellEvery)
                {
                    yield return minute;
                    told = time.GetTimestamp();
                }
            }
        }
    }

    private async Task<ILookup<long, (RollupKey Key, byte[] Rollup)>> ReadAsync(CatalogSnapshot snapshot, long from, long to, CancellationToken ct)
    {
        var rows = new List<(RollupKey Key, byte[] Rollup)>();
        foreach (var check in snapshot.Checks.Values)
        {
            await store.VisitRollupsAsync(check.Id, MinuteHistory.Start(from), MinuteHistory.Start(to), (key, bytes) => rows.Add((key, bytes.ToArray())), ct);
        }

        return rows.ToLookup(r => r.Key.Minute);
    }

    // What was flagged before is no baseline, as after a restart; unless people said that it was nothing.
    private static void LeaveOut(Watches watches, BacktestPlan plan, IReadOnlyList<Incident> past, long first)
    {
        foreach (var impact in past.Where(i => i.Finding != "dismissed").SelectMany(i => i.Impacts).Where(i => plan.Catalog.Checks.ContainsKey(i.Check) && plan.Includes(i.Region)))
        {
            watches.Of(impact.Check, impact.Region, MinuteHistory.Start(first)).History
                .FlaggedBefore(first, MinuteHistory.MinuteOf(impact.StartedAt), Math.Min(impact.EndedAt is { } end ? MinuteHistory.MinuteOf(end) : first, first - 1));
        }
    }

    private static List<Incident> Of(IReadOnlyList<Incident> past, BacktestPlan plan, DateTimeOffset from) =>
    [
        .. past.Select(i => i with { Impacts = [.. i.Impacts.Where(m => plan.Catalog.Checks.ContainsKey(m.Check) && plan.Includes(m.Region) && (m.EndedAt is null || m.EndedAt > from))] })
            .Where(i => i.Impacts.Count > 0),
    ];

    private Side NewSide(DetectorOptions options, BacktestPlan plan) =>
        new(new Watches(new Blamer(), options, new Seasons(store, tiers, incidents)) { Includes = plan.Includes, Engines = engines.Past() });

    private sealed class Side(Watches watches)
    {
        public Watches Watches { get; } = watches;

        public EpisodeBook Book { get; } = new();
    }
}
