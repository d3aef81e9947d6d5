namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Regions that keep a value which all others had too, and have left for one and the same other.</summary>
/// <param name="Keep">The regions.</param>
/// <param name="Moved">The others.</param>
/// <param name="Old">The value that is kept.</param>
/// <param name="Since">When the last of the others moved on.</param>
internal sealed record LeftBehind(IReadOnlyList<string> Keep, IReadOnlyList<string> Moved, string Old, IReadOnlyList<(string Region, ValueHistory Seen)> Compared, long Since)
{
    /// <summary>
    /// Null when there are none. What differs on every run, or from region to region, is never found: those who moved on must agree on what they have, run after run, and must have had
    /// what is kept. They must be more than those who keep it, unless it is one against one.
    /// </summary>
    public static LeftBehind? Find(Comparison c, AnswerPart part, Func<string, bool>? usable = null)
    {
        var all = c.With(part).Where(r => r.Seen.StreakRuns >= c.Agree && (usable is null || usable(r.Seen.Now))).ToList();
        if (all.Count < 2)
        {
            return null;
        }

        foreach (var group in all.GroupBy(r => r.Seen.Now).OrderByDescending(g => g.Count()).ThenBy(g => g.Min(r => r.Seen.StreakFrom)))
        {
            var old = group.Key;
            var moved = all.Where(r => r.Seen.Now != old && r.Seen.Values.Any(v => v.Value == old && v.Last < r.Seen.StreakFrom)).ToList();
            if (moved.Count == 0 || moved.DistinctBy(r => r.Seen.Now).Count() > 1 || moved.Count + group.Count() < all.Count)
            {
                continue;
            }

            var (next, since) = (moved[0].Seen.Now, moved.Max(r => r.Seen.StreakFrom));
            var keep = group.Where(r => r.Seen.StreakFrom < since && r.Seen.Values.All(v => v.Value != next)).ToList();
            if (keep.Count == group.Count() && (moved.Count > keep.Count || all.Count == 2))
            {
                return new LeftBehind([.. keep.Select(r => r.Region)], [.. moved.Select(r => r.Region)], old, all, since);
            }
        }

        return null;
    }
}
