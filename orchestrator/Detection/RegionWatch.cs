using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Detection;

/// <summary>One check in one region under watch: its minutes, its state, and its latest verdict.</summary>
internal sealed class RegionWatch(string check, string region, DateTimeOffset now)
{
    /// <summary>A shift that lasts longer is taken for the new normal.</summary>
    private static readonly TimeSpan Exceptional = TimeSpan.FromHours(24);

    public MinuteHistory History { get; } = new();

    public DetectorState State { get; private set; } = DetectorState.New(now);

    /// <summary>Takes up where another process left off.</summary>
    public void Resume(Level level, DateTimeOffset since) => State = DetectorState.New(since) with { Level = level };

    public Verdict Judge(Check definition, DateTimeOffset at, DetectorOptions options)
    {
        var minute = MinuteHistory.MinuteOf(at);
        var mostWindow = MinuteHistory.MostWindow(definition);
        var baselineMinutes = BaselineMinutes(definition, options);
        if (State.Flagged && at - State.Since > Exceptional)
        {
            History.Accept();
            State = State with { Since = at };
        }

        var window = History.Window(minute, options.WindowRuns, mostWindow);
        var windowFrom = MinuteHistory.MinuteOf(window.From);

        // What is flagged is held against what was before it, however long it lasts.
        var baselineTo = State.Flagged ? Math.Min(windowFrom, MinuteHistory.MinuteOf(State.Since)) : windowFrom;
        var judgment = RegionDetector.Judge(window, History.Baseline(baselineTo, baselineMinutes), options);
        State = State.After(judgment, at, options);
        if (State.Flagged)
        {
            History.Flag(Math.Min(MinuteHistory.MinuteOf(State.Since), windowFrom), minute);
        }

        History.Forget(Math.Min(minute, State.Flagged ? MinuteHistory.MinuteOf(State.Since) : minute) - mostWindow - baselineMinutes);
        return new Verdict
        {
            Check = check,
            Region = region,
            Level = State.Level,
            Since = State.Since,
            JudgedAt = at,
            Evidence = judgment.Evidence,
            Sentence = Sentences.Of(region, State, judgment),
        };
    }

    /// <summary>Minutes of history that a check's baseline asks for: at least sixty of its intervals, at most a day.</summary>
    public static int BaselineMinutes(Check check, DetectorOptions options) =>
        (int)Math.Clamp(60 * Math.Ceiling(check.Interval.TotalMinutes), options.BaselineMinutes, 1440);
}
