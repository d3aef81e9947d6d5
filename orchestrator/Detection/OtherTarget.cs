using System.Globalization;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Detection;

/// <summary>What a check measured while it probed something else is no baseline of what it probes now.</summary>
internal static class OtherTarget
{
    /// <summary>Agents hear of a change within a second or two; what is due in this time may still be of before.</summary>
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(5);

    /// <summary>The first minute that counts; 0: all do. As of a time: what changed later does not count then.</summary>
    public static long CountsFrom(CatalogCheck check, DateTimeOffset at) =>
        check.ProbedSince is { } since && since <= at ? MinuteHistory.MinuteOf(since + UnderWay) + 1 : 0;

    /// <summary>The verdict with what was left out, as long as a baseline would reach back to it.</summary>
    /// <param name="verdict">What is said.</param>
    /// <param name="check">Of this check.</param>
    /// <param name="reach">Minutes of a baseline.</param>
    public static Verdict Told(Verdict verdict, CatalogCheck check, int reach)
    {
        if (CountsFrom(check, verdict.JudgedAt) is var first && MinuteHistory.MinuteOf(verdict.JudgedAt) - first >= reach)
        {
            return verdict;
        }

        var left = string.Create(CultureInfo.InvariantCulture, $"runs before {MinuteHistory.Start(first).UtcDateTime:yyyy-MM-dd HH:mm} UTC, when it probed something else");
        return verdict with
        {
            Evidence = verdict.Evidence with { LeftOut = [.. verdict.Evidence.LeftOut ?? [], left] },
            Sentence = $"{verdict.Sentence.TrimEnd('.')}; left out: {left}.",
        };
    }
}
