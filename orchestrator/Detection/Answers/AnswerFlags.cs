namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Puts what differs in a region's answers into its verdict. A definite difference flags a region that is well otherwise. Not thread-safe.</summary>
internal sealed class AnswerFlags
{
    private readonly HashSet<(string Check, string Region)> _flagged = [];
    private readonly Dictionary<(string Check, string Region), DateTimeOffset> _ended = [];
    private readonly Dictionary<(string Check, string Region), string> _explained = [];

    public Verdict Apply(Verdict verdict, IReadOnlyList<AnswerDifference> differences)
    {
        var key = (verdict.Check, verdict.Region);
        var mine = differences.Where(d => d.Regions.Contains(verdict.Region, StringComparer.Ordinal)).OrderByDescending(d => d.Definite).ThenBy(d => d.Kind).ToList();
        if (mine.Count > 0)
        {
            verdict = verdict with { Evidence = verdict.Evidence with { Answers = [.. mine.Select(d => d.Words)] } };
        }

        verdict = Explained(verdict, mine.Find(d => d.Kind == DifferenceKind.DnsRefusal));
        // What an incident was taken up again for, and is no longer seen in runs, may have been seen in answers.
        var well = verdict.Level == Level.Healthy || (verdict.Level is Level.Degraded or Level.Down && !verdict.Shows && verdict.Evidence.AnswerKind is null);
        if (well && mine.Find(d => d.Definite) is { } definite)
        {
            _flagged.Add(key);
            return verdict with
            {
                Level = Level.Degraded,
                Since = verdict.Level == Level.Healthy ? definite.Since : verdict.Since,
                Shows = true,
                FlaggedAt = verdict.JudgedAt,
                Sentence = $"{verdict.Region} is degraded: {definite.Words}. Its runs pass, and are as fast as before.",
                Evidence = verdict.Evidence with { AnswerKind = definite.Kind },
            };
        }

        if (verdict.Level != Level.Healthy)
        {
            return verdict;
        }

        // It is well since the difference ended, not since it was last flagged for its runs.
        if (_flagged.Remove(key))
        {
            _ended[key] = verdict.JudgedAt;
        }

        return _ended.TryGetValue(key, out var ended) && ended > verdict.Since ? verdict with { Since = ended, FlaggedAt = verdict.FlaggedAt ?? ended } : verdict;
    }

    // What explains failures goes on doing so until the region is well again: they are flagged a while longer than they last.
    private Verdict Explained(Verdict verdict, AnswerDifference? refusal)
    {
        var key = (verdict.Check, verdict.Region);
        if (verdict.Level is not (Level.Degraded or Level.Down) || verdict.Evidence.FailureSource != "dns")
        {
            _explained.Remove(key);
            return verdict;
        }

        var words = refusal?.Words ?? _explained.GetValueOrDefault(key);
        if (words is null)
        {
            return verdict;
        }

        _explained[key] = words;
        var others = verdict.Evidence.Answers?.Where(w => w != words) ?? [];
        return verdict with { Evidence = verdict.Evidence with { Answers = [words, .. others], AnswerKind = DifferenceKind.DnsRefusal } };
    }

    /// <summary>Forgets pairs that are no longer judged.</summary>
    public void Keep(IReadOnlySet<(string Check, string Region)> pairs)
    {
        foreach (var gone in _ended.Keys.Concat(_flagged).Concat(_explained.Keys).Where(k => !pairs.Contains(k)).ToList())
        {
            _ended.Remove(gone);
            _flagged.Remove(gone);
            _explained.Remove(gone);
        }
    }
}
