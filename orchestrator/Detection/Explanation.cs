using System.Globalization;

namespace Probes.Orchestrator.Detection;

/// <summary>One thing that detection asks for before it flags, and whether it was so.</summary>
/// <param name="Name">Such as "shift".</param>
/// <param name="Of">The group it is of: "down" and "mostlyDown" (by failures), "failures" (degraded by them), "latency" (degraded by it), "tail" (by slow runs that became more), "season" (against what is usual at this time); or "flagging", which is asked beside any of them. All of one group must be met.</param>
/// <param name="Met">Null: it could not be asked, because nothing is known.</param>
/// <param name="Text">The number, and the threshold it was held against, in words.</param>
public sealed record Condition(string Name, string Of, bool? Met, string Text);

/// <summary>What a level rests on besides one look.</summary>
/// <param name="Candidate">What the latest looks said; null: not known.</param>
/// <param name="InARow">How many of them said so, if it is another level than the present.</param>
/// <param name="Shows">Whether the latest look shows what is flagged.</param>
/// <param name="Maintenance">Name of the window that covers it; null: none.</param>
internal readonly record struct Standing(Level? Candidate, int InARow, bool Shows, string? Maintenance);

/// <summary>
/// Why a region is flagged or is not: each threshold of detection, the number it was held against, and what was said of it. A pure function of the evidence. What <see cref="RegionDetector"/> asks
/// for is asked here by the same names and numbers, in the same order; a threshold that is added there gets its line here.
/// </summary>
internal static class Explanation
{
    public const string Down = "down";
    public const string MostlyDown = "mostlyDown";
    public const string Failures = "failures";
    public const string Tail = "tail";
    public const string Season = "season";
    public const string Latency = "latency";
    public const string Flagging = "flagging";

    public static IReadOnlyList<Condition> Of(Evidence e, DetectorOptions options, Level level, Standing standing) =>
        [.. OfDown(e, options), .. OfFailures(e, options), .. OfTail(e, options), .. OfSeason(e), .. OfLatency(e, options), .. OfFlagging(options, level, standing)];

    /// <summary>In one or two sentences.</summary>
    /// <param name="sentence">The verdict's own.</param>
    public static string Summary(Level level, Standing standing, IReadOnlyList<Condition> conditions, string sentence)
    {
        if (level == Level.Unknown)
        {
            return $"Neither flagged nor healthy. {sentence}";
        }

        var flagged = level is Level.Degraded or Level.Down;
        if (standing.Maintenance is { } window)
        {
            return $"In maintenance ({window}): it is judged as ever, and no incident opens. {sentence}";
        }

        if (flagged)
        {
            var group = conditions.Where(c => c.Of != Flagging).GroupBy(c => c.Of).FirstOrDefault(g => g.All(c => c.Met == true));
            return !standing.Shows ? $"Flagged, though the latest look does not show it: {conditions.Last(c => c.Of == Flagging).Text}."
                : group is null ? $"Flagged. {sentence}" : $"Flagged, for all that is asked for was so. {Sentences(group.Where(c => c.Name is not ("baseline" or "passed")))}";
        }

        if (standing.Candidate is Level.Degraded or Level.Down)
        {
            return $"Not flagged yet: {conditions.Last(c => c.Of == Flagging).Text}.";
        }

        // Where too few runs failed, how sure that is adds nothing.
        return $"Not flagged. {Sentences(conditions.Where(c => c is { Of: Failures, Met: false }).Take(1).Concat(conditions.Where(c => c is { Of: Season or Latency, Met: false })))}";
    }

    private static string Sentences(IEnumerable<Condition> conditions) => string.Join(' ', conditions.Select(c => $"{char.ToUpperInvariant(c.Text[0])}{c.Text[1..]}."));

    private static IEnumerable<Condition> OfDown(Evidence e, DetectorOptions options)
    {
        var (failed, passed) = Counts(e);
        yield return new Condition("allFailed", Down, Runs(e) == 0 ? null : passed == 0 && failed >= RegionDetector.AllFailed,
            Invariant($"{failed} of {Runs(e)} runs failed; all of the last ones, {RegionDetector.AllFailed} at least, are asked for"));
        yield return new Condition("mostlyFailed", MostlyDown, e.AvailabilityHigh is { } high ? e.Runs >= options.WindowRuns && high < RegionDetector.MostlyFailed : null,
            Invariant($"{e.Runs} runs, of which at most {Percent(e.AvailabilityHigh)} pass (95 % sure); at least {options.WindowRuns} runs and below {Percent(RegionDetector.MostlyFailed)} are asked for"));
    }

    private static IEnumerable<Condition> OfFailures(Evidence e, DetectorOptions options)
    {
        var (failed, passed) = Counts(e);
        yield return new Condition("failed", Failures, Runs(e) == 0 ? null : failed >= RegionDetector.FewestFailed,
            Invariant($"{failed} of {Runs(e)} runs failed; at least {RegionDetector.FewestFailed} are asked for"));
        var (runsBefore, failedBefore) = (e.RunsBefore ?? e.BaselineRuns, e.FailedBefore ?? (long)Math.Round(e.BaselineRuns * (1 - (e.BaselineAvailability ?? 1))));
        var before = runsBefore == 0 ? 1 : 1 - ((double)failedBefore / runsBefore);
        yield return new Condition("availability", Failures, Runs(e) == 0 ? null : e.Availability < before - options.AvailabilityLoss,
            Invariant($"availability is {Percent(e.Availability)}; below {Percent(before - options.AvailabilityLoss)} is asked for, {Percent(options.AvailabilityLoss)} under {(runsBefore == 0 ? "all, for want of a baseline" : e.RunsBefore is null ? "its baseline" : "what was before")}"));
        if (runsBefore < options.BaselineRuns)
        {
            double? high = Runs(e) > 0 ? Wilson.Interval(passed, e.Runs, Wilson.Z999).High : null;
            yield return new Condition("failuresSignificance", Failures, high is { } most ? most < 1 - options.AvailabilityLoss : null,
                Invariant($"without a baseline availability must be below {Percent(1 - options.AvailabilityLoss)} for sure; it is at most {Percent(high)} (99.9 % sure)"));
        }
        else
        {
            double? p = Runs(e) == 0 ? null : e is { Superiority: null, PValue: { } told } ? told : FailureTest.PValue(failed, e.Runs, failedBefore, runsBefore);
            yield return new Condition("failuresSignificance", Failures, p < options.Significance / RegionDetector.FailureTests,
                Invariant($"so many failures, of {failedBefore} in {runsBefore} runs before, have p-value {P(p)}; below {P(options.Significance / RegionDetector.FailureTests)} is asked for"));
        }
    }

    // Asked only where the median has not moved, or where it decided.
    private static IEnumerable<Condition> OfTail(Evidence e, DetectorOptions options)
    {
        if (e is { TailMs: { } line, TailPart: { } part })
        {
            yield return new Condition("tailPart", Tail, part >= options.TailPart,
                Invariant($"{Percent(part)} of runs take longer than {Ms(line)}, which 5 % did before; at least {Percent(options.TailPart)} are asked for"));
            yield return new Condition("tailSignificance", Tail, e.PValue < options.Significance / RegionDetector.TailTests, Invariant($"p-value {P(e.PValue)}; below {P(options.Significance / RegionDetector.TailTests)} is asked for"));
        }
    }

    private static IEnumerable<Condition> OfSeason(Evidence e)
    {
        if (e is { Season: { } season, MedianMs: { } now })
        {
            yield return new Condition("season", Season, now > season.MostMs, Invariant($"the median is {Ms(now)}; more than {Ms(season.MostMs)} is asked for, {Ms(season.UsualMs)} are {season.Words}"));
        }
    }

    private static IEnumerable<Condition> OfLatency(Evidence e, DetectorOptions options)
    {
        var passed = Counts(e).Passed;
        var learned = (long)Math.Round(e.BaselineRuns * (e.BaselineAvailability ?? 0));
        yield return new Condition("baseline", Latency, learned >= options.BaselineRuns,
            Invariant($"its baseline{Span(e)} holds {learned} passed runs; at least {options.BaselineRuns} are asked for"));
        yield return new Condition("passed", Latency, passed >= RegionDetector.FewestRuns,
            Invariant($"{passed} runs passed; at least {RegionDetector.FewestRuns} are asked for"));
        yield return new Condition("superiority", Latency, e.Superiority is { } slower ? slower >= options.Superiority : null,
            Invariant($"a run is slower than one of its baseline with a chance of {Percent(e.Superiority)}; at least {Percent(options.Superiority)} is asked for"));
        var (what, now, then) = Moved(e, options);
        var asked = then is { } was ? Least(was, options) : options.ShiftMs;
        var shift = now - then;
        yield return new Condition("shift", Latency, shift is null ? null : shift >= asked,
            shift is null ? Invariant($"there are no medians to hold against each other; a rise of {Ms(asked)} is asked for")
                : Invariant($"{what} {(shift < 0 ? "fell" : "rose")} by {Ms(Math.Abs(shift.Value))}, from {Ms(then!.Value)} to {Ms(now!.Value)}; at least {Ms(asked)} {Why(then.Value, options)}"));
        yield return new Condition("significance", Latency, e.PValue is { } p ? p < options.Significance : null,
            Invariant($"p-value {P(e.PValue)}; below {P(options.Significance)} is asked for"));
    }

    private static IEnumerable<Condition> OfFlagging(DetectorOptions options, Level level, Standing standing)
    {
        yield return new Condition("maintenance", Flagging, standing.Maintenance is null, standing.Maintenance is { } window ? $"in maintenance ({window}), when no incident opens" : "not in maintenance");
        var flagged = level is Level.Degraded or Level.Down;
        if (flagged)
        {
            yield return new Condition("inARow", Flagging, true, Invariant($"flagged it stays until at least {options.ToLeave} judgments in a row are healthy{(standing.Candidate == Level.Healthy ? $", this was the {Nth(standing.InARow)}" : "")}"));
        }
        else
        {
            var finds = standing.Candidate is Level.Degraded or Level.Down;
            yield return new Condition("inARow", Flagging, false, Invariant($"{options.ToEnter} judgments in a row must find it, unless one is certain; {(finds ? $"this was the {Nth(Math.Max(1, standing.InARow))}" : "none did")}"));
        }
    }

    // A slow resolver may hide in a slow answer; then its own medians were asked.
    private static (string What, double? Now, double? Then) Moved(Evidence e, DetectorOptions options) =>
        e is { Phase: Contracts.Checks.Phase.Dns, PhaseMedianMs: { } now, PhaseBaselineMedianMs: { } then }
            && !(e.MedianMs - e.BaselineMedianMs >= Least(e.BaselineMedianMs ?? 0, options))
            ? ("the median of dns", now, then) : ("the median", e.MedianMs, e.BaselineMedianMs);

    private static double Least(double was, DetectorOptions options) => Math.Max(options.ShiftMs, options.ShiftRatio * was);

    private static string Why(double was, DetectorOptions options) =>
        options.ShiftRatio * was > options.ShiftMs ? $"({Percent(options.ShiftRatio)} of it) are asked for" : "are asked for";

    // Of runs whose outcome is not told nothing is known.
    private static long Runs(Evidence e) => e.Availability is null ? 0 : e.Runs;

    private static (long Failed, long Passed) Counts(Evidence e)
    {
        var passed = (long)Math.Round(Runs(e) * (e.Availability ?? 0));
        return (Runs(e) - passed, passed);
    }

    private static string Span(Evidence e) => e is { BaselineFrom: { } from, BaselineTo: { } to } ? Invariant($" from {from.UtcDateTime:MM-dd HH:mm} to {to.UtcDateTime:MM-dd HH:mm} UTC") : "";

    private static string Nth(int n) => n switch { 1 => "first", 2 => "second", 3 => "third", _ => Invariant($"{n}th") };

    private static string P(double? p) => p is not { } known ? "unknown" : known.ToString(known < 0.0001 ? "0.#E+0" : "0.####", CultureInfo.InvariantCulture);

    private static string Ms(double ms) => ms.ToString(ms < 10 ? "0.0 'ms'" : "0 'ms'", CultureInfo.InvariantCulture);

    private static string Percent(double? ratio) => ratio is not { } known ? "unknown" : Invariant($"{100 * known:0.#} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
