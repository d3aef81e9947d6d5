using System.Globalization;

namespace Probes.Orchestrator.Detection;

/// <summary>A verdict in one sentence for people.</summary>
internal static class Sentences
{
    public static string Of(string region, DetectorState state, Judgment judgment)
    {
        var e = judgment.Evidence;
        var rests = string.Create(CultureInfo.InvariantCulture,
            $"from {Count(e.Agents, "agent")}, {Count(e.Runs, "run")} against {e.BaselineRuns}");
        var since = string.Create(CultureInfo.InvariantCulture, $"since {state.Since.UtcDateTime:HH:mm} UTC");
        return state.Level switch
        {
            Level.Unknown => $"{region} is unknown: {(judgment.Unknown.Length > 0 ? judgment.Unknown : "too little is known yet")}.",
            Level.Healthy when e.Season is { } usual => string.Create(CultureInfo.InvariantCulture,
                $"{region} is healthy: slower than before (median {Ms(e.MedianMs ?? 0)}, was {Ms(e.BaselineMedianMs ?? 0)}), but {Ms(usual.UsualMs)} are {usual.Words}; {rests}."),
            Level.Healthy => string.Create(CultureInfo.InvariantCulture, $"{region} is healthy: {Latency(e)}{Percent(e.Availability)} available; {rests}."),
            _ when judgment.Level == Level.Healthy => $"{region} was {Word(state.Level)} {since} and looks healthy again; {rests}.",
            _ when judgment.Level == Level.Unknown => $"{region} was {Word(state.Level)} {since}, and nothing is known of it now: {judgment.Unknown}.",
            _ => $"{region} is {Word(state.Level)}: {What(e)}, {since}; {rests}.",
        };
    }

    private static string What(Evidence e)
    {
        if (e is { Season: { } season, MedianMs: { } hours })
        {
            return string.Create(CultureInfo.InvariantCulture, $"latency has crept up to {Ms(hours)}; {Ms(season.UsualMs)} are {season.Words}, {Ms(season.MostMs)} at most");
        }

        // When half of the runs are slow the median tells it better.
        if (e is { TailMs: { } line, TailPart: { } part and < 0.5 })
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"{Math.Floor(100 * part):0} % of runs take longer than {Ms(line)}, which 5 % did before{(e.Phase is { } slow ? $", by {slow.ToString().ToLowerInvariant()}" : "")} ({P(e.PValue)}; the median is {Ms(e.MedianMs ?? 0)}, was {Ms(e.BaselineMedianMs ?? 0)})");
        }

        if (e.Superiority is { } slower && e.MedianMs is { } now && e.BaselineMedianMs is { } then)
        {
            var (name, is_, was) = e.Phase is { } phase
                ? (phase.ToString().ToLowerInvariant(), e.PhaseMedianMs!.Value, e.PhaseBaselineMedianMs!.Value)
                : ("latency", now, then);
            return string.Create(CultureInfo.InvariantCulture,
                $"{name} is {Ms(is_)}, {Ms(is_ - was)} above its baseline of {Ms(was)} ({P(e.PValue)}, {Math.Floor(100 * slower):0} % of runs slower)");
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{Percent(1 - e.Availability)} of runs fail, by fault of {e.FailureSource ?? "the target"}; availability is {Percent(e.Availability)} (95 % sure: {Percent(e.AvailabilityLow)} to {Percent(e.AvailabilityHigh)}), {Before(e)}");
    }

    private static string Before(Evidence e) => e.BaselineAvailability is { } before ? $"before it was {Percent(before)}" : "with no baseline yet";

    private static string Latency(Evidence e) => e.MedianMs is { } median ? $"median {Ms(median)}, " : "";

    private static string Word(Level level) => level == Level.Down ? "down" : "degraded";

    private static string P(double? p) => p < 0.001 ? "p < 0.001" : string.Create(CultureInfo.InvariantCulture, $"p = {p:0.000}");

    private static string Ms(double ms) => ms.ToString(ms < 10 ? "0.0 'ms'" : "0 'ms'", CultureInfo.InvariantCulture);

    private static string Percent(double? ratio) => string.Create(CultureInfo.InvariantCulture, $"{100 * (ratio ?? 0):0.#} %");

    private static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
