using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard;

/// <summary>What the page that explains a verdict shows, and the way to it.</summary>
internal static class WhyView
{
    private static readonly (string Of, string Title)[] Groups =
    [
        (Explanation.Latency, "Degraded by latency: all of this"),
        (Explanation.Tail, "Degraded by slow runs that became more: all of this"),
        (Explanation.Season, "Held against what is usual at this time"),
        (Explanation.Failures, "Degraded by failures: all of this"),
        (Explanation.Down, "Down, by the last runs"),
        (Explanation.MostlyDown, "Down, by all runs of the window"),
        (Explanation.Flagging, "And beside any of it"),
    ];

    /// <param name="check">Qualified name.</param>
    /// <param name="at">Null: now.</param>
    public static string Href(ProjectScope scope, string check, string region, DateTimeOffset? at)
    {
        var path = scope.CheckPath(check);
        var (page, query) = path.IndexOf('?', StringComparison.Ordinal) is > 0 and var mark ? (path[..mark], path[(mark + 1)..] + "&") : (path, "");
        return $"{page}/why?{query}region={Uri.EscapeDataString(region)}" + (at is { } time ? $"&at={Iso(time)}" : "");
    }

    /// <summary>The minute of a heatmap's cell that is asked about: its last one that has begun.</summary>
    public static DateTimeOffset MinuteOf(DateTimeOffset cell, TimeSpan step, DateTimeOffset now)
    {
        var last = cell + step - TimeSpan.FromMinutes(1);
        return last < now ? last : cell < now ? now : cell;
    }

    public static IEnumerable<(string Title, IReadOnlyList<Condition> Conditions)> GroupsOf(WhyAnswer answer) =>
        Groups.Select(g => (g.Title, (IReadOnlyList<Condition>)[.. answer.Conditions.Where(c => c.Of == g.Of)])).Where(g => g.Item2.Count > 0);

    public static string Met(Condition condition) => condition.Met switch { true => "yes", false => "no", _ => "not known" };

    /// <summary>The evidence as rows: what, then, and in the baseline.</summary>
    public static IEnumerable<(string What, string Then, string Baseline)> Rows(Evidence e)
    {
        yield return ("Span", Span(e.WindowFrom, e.WindowTo), e is { BaselineFrom: { } from, BaselineTo: { } to } ? Span(from, to) : Show.None);
        yield return ("Judged runs", Show.Count(e.Runs), Show.Count(e.BaselineRuns));
        yield return ("Agents", Show.Count(e.Agents), Show.None);
        yield return ("Median", Show.Ms(e.MedianMs), Show.Ms(e.BaselineMedianMs));
        yield return ("95th percentile", Show.Ms(e.P95Ms), Show.Ms(e.BaselineP95Ms));
        yield return ("Availability", e.AvailabilityLow is null ? Show.Percent(e.Availability) : $"{Show.Percent(e.Availability)} (95 % sure: {Show.Percent(e.AvailabilityLow)} to {Show.Percent(e.AvailabilityHigh)})", Show.Percent(e.BaselineAvailability));
        yield return ("Chance that a run is slower", Show.Percent(e.Superiority), Show.None);
        yield return ("p-value", e.PValue is { } p ? p.ToString("0.##E+0", CultureInfo.InvariantCulture) : Show.None, Show.None);
        yield return ("Failures blamed on", e.FailureSource ?? Show.None, Show.None);
    }

    public static string Question(WhyAnswer answer, string check)
    {
        var state = answer.Level switch { Level.Healthy => "not flagged", Level.Unknown => "unknown", _ => $"flagged as {Show.LevelKey(answer.Level)}" };
        return $"Why {(answer.Live ? "is" : "was")} {check} {state} in {answer.Region}?";
    }

    internal static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Span(DateTimeOffset from, DateTimeOffset to) =>
        to <= from ? Show.None : string.Create(CultureInfo.InvariantCulture, $"{from.UtcDateTime:MM-dd HH:mm} to {to.UtcDateTime:MM-dd HH:mm}");

    /// <summary>Phases as they are written.</summary>
    internal static string Name(Phase phase) => phase.ToString().ToLowerInvariant();
}
