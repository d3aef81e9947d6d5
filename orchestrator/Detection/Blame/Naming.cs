using System.Globalization;
using Probes.Orchestrator.Detection.Answers;

namespace Probes.Orchestrator.Detection.Blame;

/// <summary>Values of one part that the last runs of a pair have; empty when they are not known.</summary>
internal delegate IReadOnlyList<string> AnswersOf(Sign sign, AnswerPart part);

/// <summary>
/// Names what those that a cause explains have in common and none that is well has: the address, the point of presence or the certificate that answered. Pure.
/// </summary>
internal static class Naming
{
    /// <summary>From the most to the least telling.</summary>
    private static readonly (AnswerPart Part, string Word)[] Parts =
        [(AnswerPart.Address, "were answered by"), (AnswerPart.Pop, "were answered by the point of presence"), (AnswerPart.Certificate, "were shown the certificate")];

    /// <param name="blamed">Causes with what each explains.</param>
    /// <param name="signs">All pairs.</param>
    /// <param name="answers">What each was answered.</param>
    public static IReadOnlyList<Blamed> Name(IReadOnlyList<Blamed> blamed, IReadOnlyCollection<Sign> signs, AnswersOf answers) =>
        [.. blamed.Select(b => Shared(b, signs, answers) is { Length: > 0 } words ? b with { Cause = b.Cause with { Words = $"{b.Cause.Words}; {words}" } } : b)];

    /// <summary>Empty when two or more of a cause do not share anything, or nothing that is well can be held against it.</summary>
    private static string Shared(Blamed blamed, IReadOnlyCollection<Sign> signs, AnswersOf answers)
    {
        if (blamed.Signs.Count < 2)
        {
            return "";
        }

        var began = blamed.Signs.Min(s => s.Verdict.Since);
        foreach (var (part, word) in Parts)
        {
            var worse = blamed.Signs.Select(s => answers(s, part)).Where(v => v.Count > 0).ToList();
            // Half of them may not have got so far as to be answered.
            if (worse.Count < 2 || 2 * worse.Count < blamed.Signs.Count)
            {
                continue;
            }

            var common = worse.Skip(1).Aggregate(worse[0].ToHashSet(StringComparer.Ordinal), (all, v) => { all.IntersectWith(v); return all; });
            if (common.Count == 0)
            {
                continue;
            }

            var well = signs.Where(s => s.Since(began) == Bearing.Well).Select(s => answers(s, part)).Where(v => v.Count > 0).ToList();
            common.ExceptWith(well.SelectMany(v => v));
            if (common.Count > 0 && well.Count > 0)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"all {worse.Count} {(worse.Count == blamed.Signs.Count ? "of them" : "that were answered at all")} {word} {string.Join(" and ", common.Order(StringComparer.Ordinal))}, none of the {well.Count} that {(well.Count == 1 ? "is" : "are")} well {(well.Count == 1 ? "was" : "were")}");
            }
        }

        return "";
    }
}
