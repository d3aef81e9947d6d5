using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>What would have been flagged, by the settings in force and by those proposed, over one span of stored history.</summary>
/// <param name="From">First minute.</param>
/// <param name="To">The minute after the last.</param>
/// <param name="CheckRegions">Pairs of check and region that were replayed.</param>
/// <param name="Judgments">How often one was judged, by either.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Proposed">Null: nothing was proposed.</param>
/// <param name="Incidents">Those of the span that touch what was replayed, as they were opened then and as people judged them.</param>
public sealed record BacktestReport(
    DateTimeOffset From, DateTimeOffset To, int CheckRegions, long Judgments, double Seconds, BacktestSide Current, BacktestSide? Proposed, IReadOnlyList<BacktestIncident> Incidents);

/// <summary>One group of settings and what it would have flagged.</summary>
/// <param name="Settings">By name.</param>
/// <param name="Episodes">Oldest first.</param>
/// <param name="LeftOut">Episodes beyond the bound of <see cref="EpisodeBook.Most"/>: counted nowhere else.</param>
public sealed record BacktestSide(IReadOnlyDictionary<string, double> Settings, IReadOnlyList<Episode> Episodes, long LeftOut, BacktestScore Score);

/// <summary>Episodes held against what people said of the incidents of that time.</summary>
/// <param name="Hits">Episodes that overlap a confirmed incident.</param>
/// <param name="FalseAlarms">Episodes that overlap dismissed incidents only; those that overlap none too, where that was asked for.</param>
/// <param name="Undecided">All other episodes: nobody has said what they are.</param>
/// <param name="Found">Confirmed incidents that at least one episode overlaps.</param>
/// <param name="Missed">Confirmed incidents that none does.</param>
/// <param name="MedianDelaySeconds">From the start of a confirmed incident to the moment it would have been flagged; below zero: before. Null: none began in the span and was found.</param>
public sealed record BacktestScore(int Hits, int FalseAlarms, int Undecided, int Found, int Missed, double? MedianDelaySeconds);

/// <summary>What an episode was, by the findings of people.</summary>
public enum EpisodeIs { Undecided = 0, Hit, FalseAlarm }

/// <summary>One check in one region from the minute it was flagged to the minute it was well again.</summary>
/// <param name="Level">The worst it was: degraded or down.</param>
/// <param name="Since">The first minute that shows it.</param>
/// <param name="FlaggedAt">When it would have been said.</param>
/// <param name="EndedAt">Null: still under way at the end of the span.</param>
/// <param name="Sentence">The evidence in words, as of the last minute that showed it.</param>
public sealed record Episode(
    string Check, string Region, Level Level, DateTimeOffset Since, DateTimeOffset FlaggedAt, DateTimeOffset? EndedAt, Phase? Phase, Cause? Cause, string Sentence)
{
    public EpisodeIs Is { get; init; }

    /// <summary>Incidents that were opened then for the same check and region, at the same time.</summary>
    public IReadOnlyList<long> Incidents { get; init; } = [];
}

/// <summary>An incident of that time.</summary>
/// <param name="Finding">"confirmed", "dismissed", or null: nobody has said.</param>
/// <param name="Proposed">Null: nothing was proposed.</param>
public sealed record BacktestIncident(
    long Id, string Title, Level Level, string? Finding, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, IncidentSeen Current, IncidentSeen? Proposed);

/// <param name="Flagged">Whether one of its checks and regions would have been flagged while it lasted.</param>
/// <param name="DelaySeconds">From its start to then; null when it would not have been, or began before the span.</param>
public sealed record IncidentSeen(bool Flagged, double? DelaySeconds);

/// <summary>How far a backtest is.</summary>
/// <param name="Part">"load", "replay" or "done".</param>
/// <param name="Done">Minutes replayed.</param>
/// <param name="Of">Minutes to be replayed, a warm-up before the span among them.</param>
/// <param name="Report">With "done" only.</param>
public sealed record BacktestProgress(string Part, long Done, long Of, BacktestReport? Report = null);
