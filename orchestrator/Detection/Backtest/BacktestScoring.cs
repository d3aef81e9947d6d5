using Probes.Orchestrator.Detection.Incidents;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>Holds episodes against what people said of the incidents of the same check, region and time. Pure.</summary>
/// <param name="from">Start of the span.</param>
/// <param name="to">Its end; what is open lasts until then.</param>
/// <param name="incidents">Those that touch it.</param>
/// <param name="strict">What overlaps no incident at all is a false alarm too.</param>
internal sealed class BacktestScoring(DateTimeOffset from, DateTimeOffset to, IReadOnlyList<Incident> incidents, bool strict)
{
    /// <summary>A replay knows minutes only.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private readonly ILookup<(string, string), (Incident Incident, Impact Impact)> _impacts =
        incidents.SelectMany(i => i.Impacts.Select(m => (Incident: i, Impact: m))).ToLookup(i => (i.Impact.Check, i.Impact.Region));

    public BacktestSide Score(DetectorOptions settings, EpisodeBook book)
    {
        var episodes = book.All().Select(Decide).ToList();
        var seen = incidents.Where(i => i.Finding == "confirmed").Select(i => Seen(i, episodes)).ToList();
        return new BacktestSide(DetectorSettings.Of(settings), episodes, book.LeftOut, new BacktestScore(
            episodes.Count(e => e.Is == EpisodeIs.Hit), episodes.Count(e => e.Is == EpisodeIs.FalseAlarm), episodes.Count(e => e.Is == EpisodeIs.Undecided),
            seen.Count(s => s.Flagged), seen.Count(s => !s.Flagged), Median([.. seen.Select(s => s.DelaySeconds).OfType<double>()])));
    }

    public IReadOnlyList<BacktestIncident> Incidents(BacktestSide current, BacktestSide? proposed) =>
    [
        .. incidents.OrderBy(i => i.StartedAt).Select(i => new BacktestIncident(
            i.Id, i.Title, i.Level, i.Finding, i.StartedAt, i.EndedAt, Seen(i, current.Episodes), proposed is null ? null : Seen(i, proposed.Episodes))),
    ];

    private Episode Decide(Episode episode)
    {
        var met = _impacts[(episode.Check, episode.Region)].Where(i => Overlap(episode, i.Impact)).Select(i => i.Incident).DistinctBy(i => i.Id).ToList();
        return episode with
        {
            Incidents = [.. met.Select(i => i.Id)],
            Is = met.Exists(i => i.Finding == "confirmed") ? EpisodeIs.Hit
                : met.Count == 0 ? (strict ? EpisodeIs.FalseAlarm : EpisodeIs.Undecided)
                : met.TrueForAll(i => i.Finding == "dismissed") ? EpisodeIs.FalseAlarm : EpisodeIs.Undecided,
        };
    }

    private IncidentSeen Seen(Incident incident, IReadOnlyList<Episode> episodes)
    {
        var by = episodes.Where(e => e.Incidents.Contains(incident.Id)).ToList();
        return new IncidentSeen(by.Count > 0, by.Count > 0 && incident.StartedAt >= from ? (by.Min(e => e.FlaggedAt) - incident.StartedAt).TotalSeconds : null);
    }

    private bool Overlap(Episode episode, Impact impact) =>
        episode.Since < (impact.EndedAt ?? to) + Step && impact.StartedAt < (episode.EndedAt ?? to) + Step;

    private static double? Median(List<double> delays)
    {
        delays.Sort();
        return delays.Count == 0 ? null : (delays[(delays.Count - 1) / 2] + delays[delays.Count / 2]) / 2;
    }
}
