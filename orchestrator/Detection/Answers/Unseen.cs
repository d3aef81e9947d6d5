namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Regions whose last runs have values of a part that are not normal there, while the others have what they always had.</summary>
/// <param name="Differ">The regions.</param>
/// <param name="Well">The others.</param>
/// <param name="Compared">Both.</param>
/// <param name="Since">When the first of the regions saw the first of its new values.</param>
internal sealed record Unseen(IReadOnlyList<string> Differ, IReadOnlyList<string> Well, IReadOnlyList<(string Region, ValueHistory Seen)> Compared, long Since)
{
    /// <summary>
    /// Null when there are none, or no fewer than half: what most see is no matter of a region. A value is new by what <paramref name="key"/> makes of it, such as each of several addresses.
    /// A region is told to differ when every one of its last runs has a new one.
    /// </summary>
    /// <param name="c">What is compared.</param>
    /// <param name="part">Of which part.</param>
    /// <param name="key">What of a value counts.</param>
    /// <param name="elsewhere">False: values that are normal in other regions are not new; true: only these are asked for.</param>
    /// <param name="usable">Values that count at all.</param>
    public static Unseen? Find(Comparison c, AnswerPart part, Func<string, IEnumerable<string>> key, bool elsewhere, Func<string, bool>? usable = null)
    {
        var all = c.With(part).Where(r => usable is null || usable(r.Seen.Now)).ToList();
        var settled = all.Where(r => r.Seen.Settled(c.Now, c.Learn)).Select(r => (r.Region, r.Seen, Normal: r.Seen.Normal(c.Now, c.Learn).SelectMany(key).ToHashSet(StringComparer.Ordinal))).ToList();
        var differ = new List<(string Region, long Since, List<string> New)>();
        var well = new List<string>();
        foreach (var (region, seen, normal) in settled)
        {
            var others = settled.Where(o => o.Region != region).SelectMany(o => o.Normal).ToHashSet(StringComparer.Ordinal);
            var recent = seen.Recent(c.Agree);
            if (recent.Count > 0 && recent.All(s => key(s.Value).Any(k => !normal.Contains(k) && others.Contains(k) == elsewhere)))
            {
                differ.Add((region, recent.Min(s => s.First), [.. recent.SelectMany(s => key(s.Value)).Where(k => !normal.Contains(k))]));
            }
            else if (seen.Recent(1).All(s => key(s.Value).All(normal.Contains)))
            {
                well.Add(region);
            }
        }

        // Others that have seen it too are on the same way, however often they see it: then it is no matter of these regions. So it is when few others are as ever.
        var seenNew = differ.SelectMany(d => d.New).ToHashSet(StringComparer.Ordinal);
        var shared = !elsewhere && all.Exists(a => !differ.Exists(d => d.Region == a.Region) && a.Seen.Values.Any(v => key(v.Value).Any(seenNew.Contains)));
        return differ.Count == 0 || shared || well.Count < differ.Count || 2 * well.Count < all.Count - differ.Count ? null
            : new Unseen([.. differ.Select(d => d.Region)], well, [.. all.Where(a => well.Contains(a.Region) || differ.Exists(d => d.Region == a.Region))], differ.Min(d => d.Since));
    }
}
