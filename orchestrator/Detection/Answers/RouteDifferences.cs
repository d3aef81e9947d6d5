namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Regions that are led elsewhere than they used to be, and content that a cache keeps too long. Pure.</summary>
internal static class RouteDifferences
{
    public static IEnumerable<AnswerDifference> Find(Comparison c)
    {
        // A CDN has many addresses; where it tells its point of presence, that is what counts.
        var part = c.With(AnswerPart.Pop).Count >= 2 ? AnswerPart.Pop : AnswerPart.Address;
        var what = part == AnswerPart.Pop ? "point of presence" : "address";
        if (Unseen.Find(c, part, v => [v], elsewhere: true) is { } misled)
        {
            var places = misled.Compared.Where(r => misled.Differ.Contains(r.Region)).SelectMany(r => r.Seen.Recent(c.Agree)).DistinctBy(s => s.Value).ToList();
            var users = c.With(part).Where(r => !misled.Differ.Contains(r.Region) && r.Seen.Normal(c.Now, c.Learn).Any(n => places.Exists(p => p.Value == n))).Select(r => r.Region).ToList();
            yield return c.Difference(DifferenceKind.Misroute, misled.Differ, misled.Compared, misled.Since, definite: false,
                $"{Comparison.Names(misled.Differ)} {Comparison.Is(misled.Differ)} served from {what} {Comparison.Shown(places)}, which only {string.Join(", ", users.Take(4))} used before, and {Slowness(c, misled.Differ)}");
        }

        if (part == AnswerPart.Address && Unseen.Find(c, part, v => [v], elsewhere: false) is { } led && c.Now - led.Since >= c.Shortly)
        {
            var places = led.Compared.Where(r => led.Differ.Contains(r.Region)).SelectMany(r => r.Seen.Recent(c.Agree)).DistinctBy(s => s.Value);
            yield return c.Difference(DifferenceKind.Address, led.Differ, led.Compared, led.Since, definite: false,
                $"{Comparison.Names(led.Differ)} {Comparison.Is(led.Differ)} served from {what} {Comparison.Shown(places)}, which no region used before, and {Slowness(c, led.Differ)}");
        }

        if (LeftBehind.Find(c, AnswerPart.Body) is { } stale && c.Now - stale.Since >= c.Shortly)
        {
            yield return c.Difference(DifferenceKind.StaleContent, stale.Keep, stale.Compared, stale.Since, c.Now - stale.Since >= c.Stale && stale.Moved.Count > stale.Keep.Count,
                $"{Comparison.Names(stale.Keep)} {Comparison.Is(stale.Keep)} still served old content of {c.Target}; {Comparison.Others(stale.Moved.Count)} moved on to new content");
        }
    }

    private static string Slowness(Comparison c, IReadOnlyList<string> regions) =>
        regions.Any(c.Slower) ? "slower than before" : "no slower than before";
}
