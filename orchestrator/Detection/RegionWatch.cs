using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Season;

namespace Probes.Orchestrator.Detection;

/// <summary>One check in one region under watch: its minutes, its state, and its latest verdict.</summary>
internal sealed class RegionWatch(string check, string region, DateTimeOffset now)
{
    /// <summary>A shift that lasts longer is taken for the new normal.</summary>
    private static readonly TimeSpan Exceptional = TimeSpan.FromHours(24);

    /// <summary>The last runs, of which one must pass, are those of this time, but three at least.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(15);

    /// <summary>What failed without a break is an outage only when it lasted so long, and two runs at least.</summary>
    private static readonly TimeSpan LeastOutage = TimeSpan.FromSeconds(3);

    /// <summary>The last runs that are slow are those of this time, but four at least.</summary>
    private static readonly TimeSpan LeastSlow = TimeSpan.FromSeconds(10);

    /// <summary>Minutes over which agents are told apart.</summary>
    private const int MostSplit = 30;

    private readonly Flapping _calm = new();
    private readonly PartOfRuns _part = new();
    private (DateTimeOffset, Rollups.RunCounts) _seen;
    private int _votes;
    private DateTimeOffset? _passedAgain;
    private string? _maintenance;
    private DateTimeOffset? _flaggedAt;

    public MinuteHistory History { get; } = new();

    public DetectorState State { get; private set; } = DetectorState.New(now);

    /// <summary>What it is like hour by hour; null: nothing is known of it.</summary>
    public HourSeries? Hours { get; set; }

    /// <summary>What the same time was like on earlier days; read when <see cref="AsksUsual"/>.</summary>
    public UsualTimes? Usual { get; set; }

    /// <summary>Whether somebody reads <see cref="Usual"/> when it is asked for: then no shift of latency is flagged before.</summary>
    public bool KnowsUsual { get; set; }

    /// <summary>The window for which <see cref="Usual"/> must be read before it is judged; null: none.</summary>
    public RegionWindow? AsksUsual { get; private set; }

    /// <summary>What other agents said when they were asked, oldest first.</summary>
    public IReadOnlyList<ConfirmingRun> Confirmations { get; set; } = [];

    /// <summary>Takes up where another process left off.</summary>
    public void Resume(Level level, DateTimeOffset since) => State = DetectorState.New(since) with { Level = level };

    /// <param name="definition">The check.</param>
    /// <param name="at">Now.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="why">Asked only when the region is silent: what its agents have to say about that; empty: nothing.</param>
    /// <param name="maintenance">Name of the maintenance window that covers it now; null: none.</param>
    public Verdict Judge(Check definition, DateTimeOffset at, DetectorOptions options, Func<string>? why = null, string? maintenance = null)
    {
        Rest(maintenance, at);
        var minute = MinuteHistory.MinuteOf(at);
        History.KeepLatest(definition.Interval < TimeSpan.FromMinutes(1));
        if (ConfirmedWatch.PassedAgain(Confirmations) is { } passed && passed > (_passedAgain ?? DateTimeOffset.MinValue))
        {
            _passedAgain = passed;
            History.Passed();
        }

        History.Settle(minute);
        var mostWindow = MinuteHistory.MostWindow(definition);
        var baselineMinutes = BaselineMinutes(definition, options);
        if (State.Flagged && at - State.Since > Exceptional)
        {
            History.Accept();
            State = State with { Since = at };
        }

        var window = History.Window(minute, options.WindowRuns, mostWindow);
        var windowFrom = MinuteHistory.MinuteOf(window.From);

        // What is flagged is held against what was before it, however long it lasts; so is what may be flagged next.
        var suspect = State.Flagged ? State.Since : State.Suspected ? State.CandidateSince : window.From;
        var baselineTo = Math.Min(windowFrom, MinuteHistory.MinuteOf(suspect));

        // The minute before may hold the onset; it is left out as soon as there is enough without it.
        var baseline = History.Baseline(baselineTo - 1, baselineMinutes) is { } apart && apart.Rollup.Total.Count >= options.BaselineRuns
            ? apart : History.Baseline(baselineTo, baselineMinutes);
        var judgment = Explained(Look(definition, at, window, baseline, options), why);
        judgment = judgment.Level == Level.Healthy
            ? AgentSplit.Look(History, definition, minute, baselineTo, baselineMinutes, window, baseline, options) ?? judgment
            : judgment.Flags ? judgment with { Evidence = Split(judgment, minute) } : judgment;

        judgment = Usually(State.Flagged ? judgment : Drift.Judge(judgment, History, baselineTo, baselineMinutes, options), window);
        var fresh = ConfirmedWatch.Fresh(Confirmations, definition, at);
        judgment = ConfirmedWatch.Judge(judgment, region, definition, minute, History, baseline, fresh, options);
        var votes = judgment is { Flags: true, Evidence.Superiority: null } ? ConfirmedJudgment.Votes(fresh, region) : 0;

        if (judgment is not { Level: Level.Degraded, Evidence.Superiority: not null })
        {
            // What others saw fail needs no earlier days to be believed.
            AsksUsual = null;
        }

        // The same runs looked at twice are no second finding; another agent that sees it too is one.
        var seen = (window.From, window.Rollup.Counts);
        var more = votes > _votes;
        _votes = votes;
        if (AsksUsual is null && (judgment.Level == Level.Unknown || seen != _seen || more))
        {
            _seen = seen;
            if (!_part.HoldsBack(judgment, window, baseline, History.Older.Sum, State.Flagged, options))
            {
                var before = State.Flagged;
                State = _calm.After(State, judgment, at, options);
                _part.Note(before, State.Flagged, judgment, options);
            }
        }

        if (State.Flagged)
        {
            _flaggedAt = at;
            History.Flag(MinuteHistory.MinuteOf(State.Since), minute);
        }

        History.Forget(minute, mostWindow, baselineMinutes);
        var told = ConfirmedWatch.Told(Confirmations, State, definition, at);
        return new Verdict
        {
            Check = check,
            Region = region,
            Level = State.Level,
            Since = State.Since,
            JudgedAt = at,
            Suspected = State.Suspected,
            Shows = State.Flagged && judgment.Flags,
            FlaggedAt = _flaggedAt,
            Evidence = told.Count > 0 ? judgment.Evidence with { Confirmations = told } : judgment.Evidence,
            Sentence = ConfirmedWatch.Sentence(Sentences.Of(region, State, judgment), region, State, told),
            Maintenance = maintenance,
        };
    }

    // What was found during maintenance says nothing of what comes after: that is judged from its own runs.
    private void Rest(string? maintenance, DateTimeOffset at)
    {
        if (_maintenance is not null && maintenance is null)
        {
            State = DetectorState.New(at);
        }

        _maintenance = maintenance;
        History.InMaintenance = maintenance is not null;
    }

    private Judgment Look(Check definition, DateTimeOffset at, RegionWindow window, RegionWindow? baseline, DetectorOptions options)
    {
        if (History.Latest is { } last && at - MinuteHistory.Start(last + 1) is var silence && silence > Patience(definition))
        {
            return RegionDetector.Silent(window, baseline, History.LatestTold > last
                ? RegionDetector.AgentsOwn
                : $"no results for {Math.Floor(silence / definition.Interval):0} intervals; silence is not health");
        }

        var minute = MinuteHistory.MinuteOf(at);
        if (options.QuorumAgents > 1 && Voices(definition, minute) is var voices && voices < options.QuorumAgents)
        {
            // The floor is a number, not a share of who is there: fewer agents never make it easier to be sure.
            return RegionDetector.Silent(window, baseline, $"not enough evidence, {voices} of the {options.QuorumAgents} agents that must tell of it did lately");
        }

        var part = RegionDetector.Part(definition);
        var latest = History.Window(minute, Runs(Latest, RegionDetector.AllFailed, options.WindowRuns), MinuteHistory.MostWindow(definition));
        var outage = History.Failing is { } failing && failing.Rollup.Counts is var none && none.Failed >= Runs(LeastOutage, RegionDetector.FewestFailed, options.WindowRuns)
            && RegionDetector.IsOutage(none, baseline, History.Older.Sum, options, part) ? failing : null;
        var judgment = RegionDetector.Judge(window, latest, outage, baseline, History.Older.Sum, options, part);
        if (judgment.Level == Level.Healthy)
        {
            judgment = (History.Last(minute, Runs(LeastSlow, RegionDetector.FewestRuns, options.WindowRuns - 1)) is { } few ? RegionDetector.Sudden(few, baseline, options, part) : null)
                ?? RegionDetector.Sudden(History.Window(minute, RegionDetector.FewestRuns, MinuteHistory.MostWindow(definition)), baseline, options)
                ?? _part.Look(History, definition, minute, window, baseline, State.Flagged, _flaggedAt, options)
                ?? SlowHours.Judge(judgment, Hours, window, options) ?? judgment;
        }

        judgment = Remembered(judgment, baseline);
        return judgment.Flags
            ? judgment with { Began = History.First(MinuteHistory.MinuteOf(window.From), minute, r => RegionDetector.Shows(judgment.Evidence, r)) ?? Later(judgment.Began, window.From) }
            : judgment;

        int Runs(TimeSpan time, int least, int most) => (int)Math.Clamp(Math.Ceiling(time / definition.Interval), least, most);
        static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
    }

    // Failures are held against more than the baseline; whoever asks why must know against what.
    private Judgment Remembered(Judgment judgment, RegionWindow? baseline)
    {
        var (older, before) = (History.Older.Sum, baseline?.Rollup.Counts ?? default);
        return older.Judged == 0 || judgment.Evidence.Availability is null or 1 ? judgment
            : judgment with { Evidence = judgment.Evidence with { RunsBefore = before.Judged + older.Judged, FailedBefore = before.Failed + older.Failed } };
    }

    // A shift of latency that comes at this time on most days is none.
    private Judgment Usually(Judgment judgment, RegionWindow window)
    {
        AsksUsual = null;
        if (State.Flagged || Usual?.Covers(window) == false)
        {
            // Some hundred kilobytes that nobody asks for any more.
            Usual = null;
        }

        if (!KnowsUsual || State.Flagged || judgment is not { Level: Level.Degraded, Evidence: { Superiority: not null, Season: null } })
        {
            return judgment;
        }

        if (Usual is null)
        {
            AsksUsual = window;
            return judgment;
        }

        return Usual.Explains(window, judgment.Evidence) is { } season
            ? judgment with { Level = Level.Healthy, Certain = false, Evidence = judgment.Evidence with { Season = season } } : judgment;
    }

    private int Voices(Check check, long minute) =>
        History.ByAgent(minute - (long)Math.Ceiling(Patience(check).TotalMinutes), minute).Values.Count(r => r.Counts.Judged > 0);

    private Evidence Split(Judgment judgment, long minute)
    {
        var from = Math.Max(MinuteHistory.MinuteOf(judgment.Began), minute - MostSplit);
        return AgentSplit.Of(History.ByAgent(from, minute), judgment.Evidence) is { Count: > 0 } split ? judgment.Evidence with { ByAgent = split } : judgment.Evidence;
    }

    /// <summary>Silence with its reason; what is judged, or still being learned, needs none.</summary>
    private static Judgment Explained(Judgment judgment, Func<string>? why) =>
        judgment is { Level: Level.Unknown, Unknown.Length: > 0, Evidence.Runs: 0 } or { Silent: true } && why?.Invoke() is { Length: > 0 } reason
            ? judgment with { Unknown = $"{reason}; {judgment.Unknown}" } : judgment;

    /// <summary>Three intervals, and what a result may take through spool, bus and rollup.</summary>
    private static TimeSpan Patience(Check check) => 3 * check.Interval + TimeSpan.FromSeconds(30);

    /// <summary>Minutes of history that a check's baseline asks for: at least sixty of its intervals, at most a week.</summary>
    public static int BaselineMinutes(Check check, DetectorOptions options) =>
        (int)Math.Clamp(Math.Ceiling(60 * check.Interval.TotalMinutes), options.BaselineMinutes, 7 * MinuteHistory.Day);
}
