using System.Globalization;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What the DNS says in some regions and not in others. Pure.</summary>
internal static class DnsDifferences
{
    /// <summary>Runs in a row with no answer that are enough.</summary>
    private const int Refused = 3;

    /// <summary>No record is waited for longer, in microseconds: two hours.</summary>
    private const long LongestTtl = 7_200_000_000;

    private const long Second = 1_000_000;

    public static IEnumerable<AnswerDifference> Find(Comparison c)
    {
        AnswerDifference?[] found = [Refusal(c), Answers(c), Stale(c), Ttl(c)];
        return found.OfType<AnswerDifference>();
    }

    private static AnswerDifference? Refusal(Comparison c)
    {
        var all = c.With(AnswerPart.Dns).Select(r => (r.Region, r.Seen, Recent: r.Seen.Recent(Refused))).Where(r => r.Recent.Count > 0).ToList();
        var refused = all.Where(r => r.Recent.Count == 1 && AnswerReader.IsRefusal(r.Seen.Now)).ToList();
        var answered = all.Where(r => !r.Recent.Any(s => AnswerReader.IsRefusal(s.Value))).ToList();
        if (refused.Count == 0 || answered.Count == 0)
        {
            return null;
        }

        List<string> regions = [.. refused.Select(r => r.Region)];
        var (said, runs) = (string.Join(" or ", refused.Select(r => r.Seen.Now).Distinct().Order(StringComparer.Ordinal)), refused.Min(r => r.Seen.StreakRuns));
        return c.Difference(DifferenceKind.DnsRefusal, regions, [.. refused.Concat(answered).Select(r => (r.Region, r.Seen))], refused.Min(r => r.Seen.StreakFrom), definite: true,
            string.Create(CultureInfo.InvariantCulture, $"{Comparison.Names(regions)} {Comparison.Is(regions)} told {said} for {c.Target} ({runs} runs in a row), {Comparison.Others(answered.Count)} {(answered.Count == 1 ? "gets" : "get")} an answer"));
    }

    private static AnswerDifference? Answers(Comparison c)
    {
        if (Unseen.Find(c, AnswerPart.Dns, Values, elsewhere: false, v => !AnswerReader.IsRefusal(v) && v != AnswerReader.Resolved) is not { } found)
        {
            return null;
        }

        // Until what was cached has run out, others may just not have seen it yet; and where old and new are mixed, records were added.
        var ttl = Math.Min(LongestTtl, c.Regions.Max(r => r.Ttl.Most) * Second);
        var normal = found.Compared.SelectMany(r => r.Seen.Normal(c.Now, c.Learn)).SelectMany(Values).ToHashSet(StringComparer.Ordinal);
        var replaced = found.Compared.Where(r => found.Differ.Contains(r.Region)).All(r => r.Seen.Recent(c.Agree).All(s => !Values(s.Value).Any(normal.Contains)));
        var given = Comparison.Shown(found.Compared.Where(r => found.Differ.Contains(r.Region)).SelectMany(r => r.Seen.Recent(1)).DistinctBy(s => s.Value));
        return c.Difference(DifferenceKind.DnsAnswers, found.Differ, found.Compared, found.Since, replaced && c.Now - found.Since >= Math.Max(c.Lasts, ttl + (60 * Second)),
            $"{Comparison.Names(found.Differ)} {Comparison.Is(found.Differ)} answered {given} for {c.Target}, which no region was before; {Comparison.Others(found.Well.Count)} {(found.Well.Count == 1 ? "has" : "have")} the answers of before");
    }

    private static AnswerDifference? Stale(Comparison c) =>
        LeftBehind.Find(c, AnswerPart.Dns, v => !AnswerReader.IsRefusal(v) && v != AnswerReader.Resolved) is { } found
        && c.Now - found.Since >= Math.Max(c.Shortly, Math.Min(LongestTtl, c.Regions.Max(r => r.Ttl.Most) * Second))
            ? c.Difference(DifferenceKind.DnsStale, found.Keep, found.Compared, found.Since, definite: false,
                $"{Comparison.Names(found.Keep)} {Comparison.Is(found.Keep)} still answered {Comparison.Shown([new Spell(found.Old, 0)])} for {c.Target}, longer than its time to live; {Comparison.Others(found.Moved.Count)} moved on")
            : null;

    private static AnswerDifference? Ttl(Comparison c)
    {
        var changed = c.Regions.Select(r => (r.Region, Seen: r[AnswerPart.Dns], Changed: r.Ttl.Changed(c.Now))).Where(r => r is { Changed: not null, Seen: not null }).ToList();
        if (changed.Count == 0)
        {
            return null;
        }

        var (was, now, since) = changed.MinBy(r => r.Changed!.Value.Since).Changed!.Value;
        return c.Difference(DifferenceKind.DnsTtl, [.. changed.Select(r => r.Region)], [.. changed.Select(r => (r.Region, r.Seen!))], since, definite: false,
            string.Create(CultureInfo.InvariantCulture, $"the time to live of {c.Target} went from {was} s to {now} s, as seen from {string.Join(", ", changed.Select(r => r.Region).Order(StringComparer.Ordinal).Take(4))}"));
    }

    private static string[] Values(string answers) => answers.Split(", ");
}
