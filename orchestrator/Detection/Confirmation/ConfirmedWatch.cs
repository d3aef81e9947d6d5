using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Where a region under watch and its confirmations meet.</summary>
internal static class ConfirmedWatch
{
    /// <summary>Minutes over which agents are told apart.</summary>
    private const int MostSplit = 30;

    private static readonly TimeSpan LeastFresh = TimeSpan.FromMinutes(2);

    /// <summary>Those that still speak of now: as old as two intervals, at least two minutes.</summary>
    public static IReadOnlyList<ConfirmingRun> Fresh(IReadOnlyList<ConfirmingRun> all, Check check, DateTimeOffset now) =>
        all.Count == 0 ? all : [.. all.Where(r => now - r.At <= Lasting(check))];

    /// <summary>When the region's own agent, asked at once to run it again after it failed, last did so and passed; null: never.</summary>
    public static DateTimeOffset? PassedAgain(IReadOnlyList<ConfirmingRun> all) => all.LastOrDefault(r => r is { Again: true, Passed: true })?.At;

    /// <summary>Those that belong to what the region is now: since it is flagged or suspected; else the fresh ones.</summary>
    public static IReadOnlyList<ConfirmingRun> Told(IReadOnlyList<ConfirmingRun> all, DetectorState state, Check check, DateTimeOffset now)
    {
        var since = state.Flagged ? state.Since : state.Suspected ? state.CandidateSince : now - Lasting(check);
        return all.Count == 0 ? all : [.. all.Where(r => r.At >= since)];
    }

    /// <summary>The sentence with what others say, while something is flagged or suspected.</summary>
    public static string Sentence(string sentence, string region, DetectorState state, IReadOnlyList<ConfirmingRun> told) =>
        (state.Flagged || state.Suspected) && ConfirmationWords.Of(region, told) is { Length: > 0 } words ? $"{sentence.TrimEnd('.')}; {words}." : sentence;

    /// <summary>The judgment with what others say.</summary>
    public static Judgment Judge(
        Judgment judgment, string region, Check check, long minute, MinuteHistory history, RegionWindow? baseline, IReadOnlyList<ConfirmingRun> fresh, DetectorOptions options)
    {
        if (fresh.Count == 0)
        {
            return judgment;
        }

        var most = MinuteHistory.MostWindow(check);
        var (two, few) = (history.Failing ?? history.Window(minute, ConfirmedJudgment.Own, most), history.Window(minute, ConfirmedJudgment.Enough, most));
        var from = judgment.Flags ? Math.Max(MinuteHistory.MinuteOf(judgment.Began), minute - MostSplit) : MinuteHistory.MinuteOf(two.From);
        var agents = history.ByAgent(from, minute);
        var before = ((baseline?.Rollup.Counts ?? default) + history.Older.Sum).Judged;
        var confirmed = ConfirmedJudgment.Of(judgment, region, two, few, baseline, history.Older.Sum, agents.Values.Count(a => a.Counts.Failed > 0), fresh,
            // The same agent again is one more run in a row.
            ConfirmedJudgment.OthersVotes(fresh, region) > 0 ? options
                : options.With(RegionDetector.Part(check) * options.Significance / RegionDetector.StreakTests(ConfirmedJudgment.Enough, before)));
        if (!confirmed.Flags || confirmed.Evidence.Superiority is not null)
        {
            return confirmed;
        }

        if (!judgment.Flags)
        {
            confirmed = confirmed with { Began = history.First(MinuteHistory.MinuteOf(few.From), minute, r => r.Counts.Failed > 0) ?? two.From };
        }

        return ConfirmedJudgment.Leans(fresh, region) ? confirmed with { Evidence = WithAsked(confirmed.Evidence, agents, region, fresh) } : confirmed;
    }

    /// <summary>What others should be asked about; null when nothing is in doubt.</summary>
    public static Suspicion? Doubt(RegionWatch watch, CatalogCheck check, Verdict verdict)
    {
        var (state, minute) = (watch.State, MinuteHistory.MinuteOf(verdict.JudgedAt));
        var (doubt, since) = verdict.Maintenance is not null || (state.Flagged && !verdict.Shows) ? (Confirmation.Doubt.None, default)
            : state.Flagged ? (Confirmation.Doubt.Flagged, state.Since)
            : state.Suspected ? (Confirmation.Doubt.Suspected, state.CandidateSince)
            // Where one agent alone runs it, a run that passed since leaves nothing to ask about.
            : watch.History.LatestFailed is { } failed && failed >= minute - 1 && (watch.History.Fails || watch.History.Agents.Count > 1) ? (Confirmation.Doubt.Failed, MinuteHistory.Start(failed))
            : (Confirmation.Doubt.None, default);
        if (doubt == Confirmation.Doubt.None)
        {
            return null;
        }

        var from = Math.Max(MinuteHistory.MinuteOf(since), minute - Math.Max(MostSplit, MinuteHistory.MostWindow(check.Check)));
        var agents = watch.History.ByAgent(from, minute);
        var failing = agents.Where(a => a.Value.Counts.Failed > 0).Select(a => a.Key).ToList();
        return new Suspicion(check, verdict.Region, doubt, since, failing.Count > 0 && verdict.Evidence.Superiority is null ? failing : [.. agents.Keys]);
    }

    // Beside the one that fails, those that were asked and do not see it.
    private static Evidence WithAsked(Evidence evidence, IReadOnlyDictionary<int, Rollup> agents, string region, IReadOnlyList<ConfirmingRun> fresh)
    {
        var own = evidence.ByAgent ?? [.. agents.Where(a => a.Value.Counts.Judged > 0).Select(a => new AgentEvidence(
            a.Key, "", a.Value.Counts.Judged, a.Value.Counts.Failed, a.Value.Total.Count == 0 ? null : a.Value.Total.Quantile(0.5), a.Value.Counts.Failed > 0) { Showing = a.Value.Counts.Failed })];
        var asked = fresh.Where(r => r.Region == region && r.Passed == true && own.All(o => o.AgentId != r.AgentId)).GroupBy(r => r.AgentId)
            .Select(g => new AgentEvidence(g.Key, "", g.Count(), 0, g.Min(r => r.DurationMs), false) { OnDemand = true });
        return evidence with { ByAgent = [.. own, .. asked] };
    }

    private static TimeSpan Lasting(Check check) => 2 * check.Interval > LeastFresh ? 2 * check.Interval : LeastFresh;
}
