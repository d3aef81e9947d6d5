using System.Globalization;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What regions are answered for one check, to be compared. Times are microseconds.</summary>
/// <param name="Target">Host the check is about, for words.</param>
/// <param name="Interval">Of the check.</param>
/// <param name="Lag">The longest that a region was seen to come by new content after the others.</param>
/// <param name="Slower">Whether a region is flagged for its latency.</param>
internal sealed record Comparison(string Target, TimeSpan Interval, long Now, AnswersOptions Options, IReadOnlyList<RegionAnswers> Regions, long Lag, Func<string, bool> Slower)
{
    /// <summary>No part is shown longer.</summary>
    private const int LongestShown = 80;

    public int Agree => Options.AgreeRuns;

    public long Learn => Minutes(Options.LearnMinutes);

    public long Lasts => Minutes(Options.LastsMinutes);

    /// <summary>So long old content may stay.</summary>
    public long Stale => Math.Max(Math.Max(Minutes(Options.StaleMinutes), Options.StaleIntervals * Micros.Of(Interval)), 2 * Lag);

    /// <summary>Three intervals: anything may be on its way.</summary>
    public long Shortly => Math.Max(Minutes(1), 3 * Micros.Of(Interval));

    /// <summary>Regions whose latest runs tell of now, and have the part.</summary>
    public IReadOnlyList<(string Region, ValueHistory Seen)> With(AnswerPart part)
    {
        var patience = Shortly + Minutes(1);
        return [.. Regions.Where(r => r[part] is { } seen && Now - seen.LastAt <= patience).Select(r => (r.Region, r[part]!)).OrderBy(r => r.Region, StringComparer.Ordinal)];
    }

    /// <summary>A difference, with what each of the regions that were compared has.</summary>
    public AnswerDifference Difference(
        DifferenceKind kind, IReadOnlyCollection<string> regions, IEnumerable<(string Region, ValueHistory Seen)> compared, long since, bool definite, string what)
    {
        return new AnswerDifference
        {
            Kind = kind,
            Regions = [.. regions.Order(StringComparer.Ordinal)],
            Values = [.. compared.Select(c => new RegionValue(c.Region, Shown(c.Seen.Recent(1)), Runs(c.Seen), regions.Contains(c.Region)))],
            Since = Micros.ToTime(since),
            Definite = definite && Options.Flags,
            Words = string.Create(CultureInfo.InvariantCulture, $"{what}, since {Micros.ToTime(since).UtcDateTime:HH:mm} UTC"),
        };
    }

    public static string Names(IReadOnlyCollection<string> regions) => regions.Count == 1 ? $"{regions.First()} alone" : $"{string.Join(", ", regions.Order(StringComparer.Ordinal).Take(4))}{(regions.Count > 4 ? ", ..." : "")}";

    public static string Is(IReadOnlyCollection<string> regions) => regions.Count == 1 ? "is" : "are";

    public static string Others(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} other region{(count == 1 ? "" : "s")}");

    public static string Shown(IEnumerable<Spell> spells)
    {
        var text = string.Join(" or ", spells.Select(s => s.Value));
        return text.Length <= LongestShown ? text : text[..(LongestShown - 1)] + "…";
    }

    private static long Runs(ValueHistory seen) => seen.StreakRuns > 1 ? seen.StreakRuns : seen.Recent(1).Sum(s => s.Runs);

    private static long Minutes(double minutes) => (long)(minutes * Micros.PerMinute);
}
