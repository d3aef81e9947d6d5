namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>
/// Makes episodes of rounds by the rules by which incidents take up their parts: one begins when its pair is flagged outside of maintenance, and ends when the pair is healthy; silence ends none.
/// </summary>
internal sealed class EpisodeBook
{
    /// <summary>Episodes that are kept; more than these nobody reads, and their number says enough.</summary>
    public const int Most = 5000;

    private readonly Dictionary<(string Check, string Region), Episode> _open = [];
    private readonly List<Episode> _ended = [];

    /// <summary>How many were beyond <see cref="Most"/>.</summary>
    public long LeftOut { get; private set; }

    /// <param name="round">What was judged.</param>
    /// <param name="now">When.</param>
    /// <param name="from">What ended before is not of the span.</param>
    public void Note(Round round, DateTimeOffset now, DateTimeOffset from)
    {
        foreach (var verdict in round.Verdicts)
        {
            var pair = (verdict.Check, verdict.Region);
            var flagged = verdict is { Level: Level.Degraded or Level.Down, Maintenance: null };
            if (_open.TryGetValue(pair, out var open))
            {
                if (verdict.Level == Level.Healthy)
                {
                    _open.Remove(pair);
                    End(open with { EndedAt = verdict.Since }, from);
                }
                else if (verdict.Shows)
                {
                    _open[pair] = Told(open with { Level = flagged && verdict.Level > open.Level ? verdict.Level : open.Level }, verdict);
                }
            }
            else if (flagged)
            {
                _open[pair] = Told(new Episode(verdict.Check, verdict.Region, verdict.Level, verdict.Since, now, null, null, null, ""), verdict);
            }
        }
    }

    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyList<Episode> All() =>
        [.. _ended.Concat(_open.Values).OrderBy(e => e.FlaggedAt).ThenBy(e => e.Check, StringComparer.Ordinal).ThenBy(e => e.Region, StringComparer.Ordinal)];

    private void End(Episode episode, DateTimeOffset from)
    {
        if (episode.EndedAt <= from)
        {
            return;
        }

        if (_ended.Count < Most)
        {
            _ended.Add(episode);
        }
        else
        {
            LeftOut++;
        }
    }

    private static Episode Told(Episode episode, Verdict verdict) =>
        episode with { Phase = verdict.Evidence.Phase, Cause = verdict.Cause ?? episode.Cause, Sentence = verdict.Sentence };
}
