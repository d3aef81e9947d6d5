using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection;

/// <summary>What one round says of every pair of check and region, the causes that explain what is flagged, and what others should be asked about.</summary>
internal sealed record Round(IReadOnlyList<Verdict> Verdicts, IReadOnlyList<Blamed> Blamed, IReadOnlyList<Suspicion> Suspicions);

/// <summary>
/// All pairs of check and region under watch: reads their past, takes their minutes, and judges them round by round. Live detection and backtests are the same code from here on. Not thread-safe.
/// </summary>
internal sealed class Watches(Blamer blamer, DetectorOptions options, Seasons seasons)
{
    /// <summary>Pairs for which earlier days are read in one round, and those of the check that is over it; the others wait for the next.</summary>
    private const int MostRecalled = 100;

    private readonly Dictionary<(string Check, string Region), RegionWatch> _watches = [];

    // Checks whose past was read, and the first minute of it that counts.
    private readonly Dictionary<int, long> _loaded = [];
    private readonly AnswerFlags _flags = new();
    private (CatalogSnapshot? Of, List<(CatalogCheck Entry, string Target, IReadOnlyList<string> Regions)> Pairs) _pairs = (null, []);

    /// <summary>Whether a check's region is watched at all; by default each is.</summary>
    public Func<string, bool> Includes { get; init; } = _ => true;

    /// <summary>What regions are answered now; null: it is not asked, as of the past.</summary>
    public AnswerBook? Answers { get; init; }

    /// <summary>What other agents said of a check (by number) in a region when they were asked; nothing by default.</summary>
    public Func<int, string, IReadOnlyList<ConfirmingRun>> Confirmed { get; init; } = (_, _) => [];

    /// <summary>By which engine agents measured as of a minute; unknown by default.</summary>
    public Func<long, IReadOnlyDictionary<int, AgentEngine>> Engines { get; init; } = _ => ImmutableDictionary<int, AgentEngine>.Empty;

    public RegionWatch Of(string check, string region, DateTimeOffset now)
    {
        if (!_watches.TryGetValue((check, region), out var watch))
        {
            _watches[(check, region)] = watch = new RegionWatch(check, region, now) { KnowsUsual = true };
        }

        return watch;
    }

    /// <summary>Whether any waits to be told what was usual at this time.</summary>
    public bool Asks => _watches.Values.Any(w => w is { AsksUsual: not null, Usual: null });

    /// <summary>Reads as much of the past of checks that were not read yet as judging them asks for.</summary>
    /// <param name="store">Minute rollups.</param>
    /// <param name="snapshot">The checks, and where they run.</param>
    /// <param name="windows">Maintenance windows of that past.</param>
    /// <param name="now">The first moment to be judged.</param>
    /// <param name="to">Minutes before this are read.</param>
    /// <param name="ct">Ends it.</param>
    public async Task LoadAsync(IResultStore store, CatalogSnapshot snapshot, IReadOnlyCollection<CatalogWindow> windows, DateTimeOffset now, DateTimeOffset to, CancellationToken ct)
    {
        foreach (var entry in snapshot.Checks.Values.Where(c => !_loaded.ContainsKey(c.Id)))
        {
            // A baseline lies before the incidents of the last day.
            var flagged = _watches.Where(w => w.Key.Check == entry.Check.Name).Min(w => w.Value.History.EarliestFlagged) ?? long.MaxValue;
            var from = Math.Min(flagged, MinuteHistory.MinuteOf(now)) - Back(entry.Check);
            var calendar = MaintenanceCalendar.Of(snapshot, windows.Where(w => w.Window.Names(entry.Check.Name)), from, MinuteHistory.MinuteOf(now) + 1);
            foreach (var region in calendar.IsEmpty ? [] : Regions.Of(snapshot, entry.Check).Where(Includes))
            {
                Of(entry.Check.Name, region, now).History.Excuse(calendar.Minutes(entry.Check, region));
            }

            await store.VisitRollupsAsync(entry.Id, MinuteHistory.Start(from), to, (key, bytes) => Take(snapshot, calendar, key, bytes, now), ct);
            _loaded[entry.Id] = OtherTarget.CountsFrom(entry, now);
        }
    }

    /// <summary>Puts a minute where it belongs. A location that is in maintenance while the rest of its region is not is left out.</summary>
    public void Take(CatalogSnapshot snapshot, MaintenanceCalendar calendar, RollupKey key, ReadOnlySpan<byte> rollup, DateTimeOffset now)
    {
        if (!snapshot.ChecksById.TryGetValue(key.CheckId, out var check) || check.Deleted || key.Minute < OtherTarget.CountsFrom(check, now)
            || (snapshot.AgentsById.TryGetValue(key.AgentId, out var agent) && calendar.LeavesOut(check.Check, agent.Location, key.Minute)))
        {
            return;
        }

        var region = snapshot.RegionOf(key.AgentId);
        if (Includes(region))
        {
            Of(check.Check.Name, region, now).History.Put(key, rollup);
        }
    }

    /// <summary>
    /// Before a round: hours that are over are judged, and for those that asked in the round before it is read what the same time was like on earlier days; nothing that looks like a shift is flagged
    /// before that is known.
    /// </summary>
    /// <param name="snapshot">The checks, and where they run.</param>
    /// <param name="now">Of the round; nothing later is read.</param>
    /// <param name="checksAtOnce">Checks whose hours are read, the others later.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RecallAsync(CatalogSnapshot snapshot, DateTimeOffset now, int checksAtOnce, CancellationToken ct)
    {
        // What was flagged before a start may be for its hours.
        var flagged = _watches.Where(w => w.Value is { State.Flagged: true, Hours: null }).Select(w => w.Key.Check).Take(MostRecalled).ToHashSet(StringComparer.Ordinal);
        await seasons.Book.RefreshAsync(snapshot, now, Math.Max(checksAtOnce, flagged.Count), flagged, (entry, region, hour, counts) => Recall(entry, region, hour, counts, now), ct);
        var left = MostRecalled;
        foreach (var asking in _watches.Where(w => w.Value.AsksUsual is not null).GroupBy(w => w.Key.Check).ToList())
        {
            if (left > 0 && snapshot.Checks.TryGetValue(asking.Key, out var entry))
            {
                var watches = asking.ToDictionary(w => w.Key.Region, w => w.Value);
                left -= watches.Count;
                await seasons.Usual.ReadAsync(entry, snapshot, watches, ct);
            }
        }
    }

    // Minutes are read as far back as a baseline takes; failures are held against the hours before them too.
    private void Recall(CatalogCheck entry, string region, long hour, RunCounts counts, DateTimeOffset now)
    {
        if (Includes(region) && hour + 60 <= MinuteHistory.MinuteOf(now) - Back(entry.Check))
        {
            Of(entry.Check.Name, region, now).History.Older.Recall(hour, counts);
        }
    }

    private int Back(Check check) => MinuteHistory.MostWindow(check) + RegionWatch.BaselineMinutes(check, options);

    /// <summary>The settings that one region of a check is held to: what is asked of the check as a whole is divided among its regions.</summary>
    public static DetectorOptions Of(DetectorOptions options, int regions) => regions < 2 ? options : options.With(options.Significance / regions);

    /// <param name="snapshot">The checks, and where they run.</param>
    /// <param name="maintenance">The calendar of the present minute and those just before.</param>
    /// <param name="now">What is judged is the time up to it.</param>
    /// <param name="why">Asked only when a region is silent: what its agents have to say about that; null: nothing.</param>
    public Round Judge(CatalogSnapshot snapshot, MaintenanceCalendar maintenance, DateTimeOffset now, Func<Check, string, string>? why = null)
    {
        var minute = MinuteHistory.MinuteOf(now);
        var engines = Engines(minute);
        var alike = EngineView.AreAlike(minute, engines);
        var (signs, suspicions) = (new List<Sign>(), new List<Suspicion>());
        foreach (var (entry, target, regions) in Pairs(snapshot))
        {
            Renew(entry, regions, now);
            var strict = Of(options, regions.Count);
            var differences = Answers?.Differences(entry.Check.Name) ?? [];
            foreach (var region in regions)
            {
                var watch = Of(entry.Check.Name, region, now);
                watch.History.Excuse(maintenance.Minutes(entry.Check, region));
                var engine = EngineView.Apply(watch.History, entry.Check, minute, engines, alike);
                watch.Confirmations = Confirmed(entry.Id, region);
                watch.Hours = seasons.Book.Of(entry.Id, region);
                var verdict = watch.Judge(entry.Check, now, strict, why is null ? null : () => why(entry.Check, region), maintenance.Covers(entry.Check, region, minute));
                if (ConfirmedWatch.Doubt(watch, entry, verdict) is { } suspicion)
                {
                    suspicions.Add(suspicion);
                }

                verdict = _flags.Apply(verdict, differences);
                verdict = EngineView.Told(Agents.Named(verdict, snapshot), watch.History, engine, engines, snapshot);
                signs.Add(new Sign(OtherTarget.Told(verdict, entry, RegionWatch.BaselineMinutes(entry.Check, options)), target, entry.Check.Interval));
            }
        }

        var blamed = blamer.Find(signs, s => _watches[(s.Verdict.Check, s.Verdict.Region)].History.OnlyAgent(now) is { } agent ? Agents.NameOf(agent, s.Verdict.Check, snapshot) : null);
        blamed = Answers is null ? blamed : Naming.Name(blamed, signs, (s, part) => Answers.Recent(s.Verdict.Check, s.Verdict.Region, part));
        var causes = blamed.SelectMany(b => b.Signs.Select(s => (s.Verdict.Check, s.Verdict.Region, b.Cause))).ToDictionary(c => (c.Check, c.Region), c => c.Cause);
        List<Verdict> judged = [.. signs.Select(s => causes.TryGetValue((s.Verdict.Check, s.Verdict.Region), out var cause) ? s.Verdict with { Cause = cause } : s.Verdict)];
        Forget(judged, snapshot);
        return new Round(judged, blamed, suspicions);
    }

    // What probes something else from now on is watched anew.
    private void Renew(CatalogCheck entry, IReadOnlyList<string> regions, DateTimeOffset now)
    {
        if (entry.ProbedSince is not null && _loaded.TryGetValue(entry.Id, out var from) && OtherTarget.CountsFrom(entry, now) is var first && first > from)
        {
            _loaded[entry.Id] = first;
            foreach (var region in regions)
            {
                _watches.Remove((entry.Check.Name, region));
            }
        }
    }

    private List<(CatalogCheck Entry, string Target, IReadOnlyList<string> Regions)> Pairs(CatalogSnapshot snapshot)
    {
        if (!ReferenceEquals(_pairs.Of, snapshot))
        {
            _pairs = (snapshot, [.. snapshot.Checks.Values.Select(c => (c, ProbeKinds.Host(c.Check.Probe), (IReadOnlyList<string>)[.. Regions.Of(snapshot, c.Check).Where(Includes)]))]);
        }

        return _pairs.Pairs;
    }

    private void Forget(List<Verdict> judged, CatalogSnapshot snapshot)
    {
        // What comes back, such as a check deleted and made again, is read anew.
        foreach (var gone in _loaded.Keys.Where(id => !snapshot.ChecksById.TryGetValue(id, out var check) || check.Deleted).ToList())
        {
            _loaded.Remove(gone);
        }

        if (_watches.Count == judged.Count)
        {
            return;
        }

        var live = judged.Select(v => (v.Check, v.Region)).ToHashSet();
        _flags.Keep(live);
        foreach (var gone in _watches.Keys.Where(k => !live.Contains(k)).ToList())
        {
            _watches.Remove(gone);
        }
    }
}
