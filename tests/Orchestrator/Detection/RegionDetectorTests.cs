using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class RegionDetectorTests
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    [Test]
    public void A_slowdown_of_100_ms_is_flagged_within_90_seconds_with_its_phase_and_start([Values(1, 2)] int interval, [Range(0, 55, 5)] int second)
    {
        var region = new SimulatedRegion(seed: interval * 100 + second, interval);
        region.Pass(Quarter + TimeSpan.FromSeconds(second), new Weather());
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy), region.Verdict.Sentence);
        var began = region.Now;

        var took = region.UntilFlagged(TimeSpan.FromMinutes(3), new Weather { WaitMs = 140 });

        Assert.That(took, Is.Not.Null.And.LessThanOrEqualTo(TimeSpan.FromSeconds(90)), region.Verdict.Sentence);
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Degraded));
        Assert.That(region.Verdict.Since, Is.EqualTo(began).Within(TimeSpan.FromSeconds(60)), region.Verdict.Sentence);
        Assert.That(region.Verdict.Sentence, Does.Match(
            @"^us-east is degraded: wait is 1[345]\d ms, (9|10|11)\d ms above its baseline of (39|40|41) ms \(p < 0.001, \d+ % of runs slower\), since 12:\d\d UTC; from 1 agent, \d+ runs against \d+\.$"));
    }

    // 40 regions of each kind of noise, one hour each: 28,800 judgments of a kind, 2,400 separate minutes.
    [TestCase(0.12, 0.0, 0)]
    [TestCase(0.5, 0.002, 0)]
    [TestCase(1.0, 0.01, 1, Description = "spread over a factor of seven between quartiles of the tails")]
    public void Healthy_regions_are_not_flagged(double sigma, double failing, int most)
    {
        var flagged = 0;
        var said = "";
        for (var seed = 0; seed < 40; seed++)
        {
            var region = new SimulatedRegion(seed, intervalSeconds: 2);
            var verdicts = region.Pass(TimeSpan.FromHours(1), new Weather { Sigma = sigma, Failing = failing });
            for (var i = 1; i < verdicts.Count; i++)
            {
                if (verdicts[i].Level is Level.Degraded or Level.Down && verdicts[i - 1].Level is not (Level.Degraded or Level.Down))
                {
                    flagged++;
                    said = verdicts[i].Sentence;
                }
            }
        }

        TestContext.Out.WriteLine($"sigma {sigma}: {flagged} false flags in 40 region-hours; the last: {said}");
        Assert.That(flagged, Is.LessThanOrEqualTo(most), said);
    }

    [Test]
    public void A_slow_resolver_that_hides_in_a_slow_answer_is_flagged()
    {
        var region = new SimulatedRegion(1, 1);
        region.Pass(Quarter, new Weather { WaitMs = 900 });
        Assert.That(region.UntilFlagged(TimeSpan.FromMinutes(3), new Weather { WaitMs = 900, DnsMs = 154 }), Is.Not.Null);
        Assert.That(region.Verdict.Evidence.Phase, Is.EqualTo(Phase.Dns));
        Assert.That(region.Verdict.Sentence, Does.Contain("dns is 15"));
    }

    [TestCase(FailureSource.Target, "target")]
    [TestCase(FailureSource.Dns, "dns")]
    [TestCase(FailureSource.Network, "network")]
    public void A_region_where_nothing_passes_is_down_within_a_minute_by_whose_fault(FailureSource source, string word)
    {
        var region = new SimulatedRegion(2, 2, phase: 1);
        region.Pass(Quarter + TimeSpan.FromSeconds(25), new Weather());
        var all = region.Pass(TimeSpan.FromSeconds(60), new Weather { Failing = 1, Source = source });
        Assert.That(all[^1].Level, Is.EqualTo(Level.Down), all[^1].Sentence);
        Assert.That(all[^1].Evidence.FailureSource, Is.EqualTo(word));
        Assert.That(all[^1].Sentence, Does.StartWith("us-east is down: 100 % of runs fail, by fault of").And.Contain(word));
    }

    [Test]
    public void Three_failed_runs_of_a_slow_check_mean_down_although_its_window_holds_older_passes()
    {
        var region = new SimulatedRegion(3, 60);
        region.Pass(TimeSpan.FromHours(1), new Weather());
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy), region.Verdict.Sentence);
        region.Pass(TimeSpan.FromMinutes(5), new Weather { Failing = 1 });
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Down), region.Verdict.Sentence);
    }

    [TestCase(3, 150, 0, false)]
    [TestCase(3, 250, 0, true)]
    [TestCase(3, 900, 9, false)]
    [TestCase(2, 900, 0, false)]
    [TestCase(2, 6000, 0, true)]
    public void Failures_in_a_row_are_an_outage_when_they_are_no_chance_and_two_need_more_past_than_three(int failed, int passed, int failedBefore, bool outage)
    {
        // Every five seconds, in two regions.
        var options = new DetectorOptions().With(new DetectorOptions().Significance / 2);
        Assert.That(RegionDetector.IsOutage(new RunCounts(0, failed, 0, 0, 0, 0), null, new RunCounts(passed, failedBefore, 0, 0, 0, 0), options, 5 / 60.0), Is.EqualTo(outage));
    }

    [Test]
    public void Failures_of_a_part_of_runs_are_flagged_and_end()
    {
        var region = new SimulatedRegion(4, 1);
        region.Pass(Quarter, new Weather());
        Assert.That(region.UntilFlagged(TimeSpan.FromMinutes(2), new Weather { Failing = 0.6 }), Is.Not.Null);
        region.Pass(TimeSpan.FromMinutes(3), new Weather());
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy), region.Verdict.Sentence);
    }

    [Test]
    public void Slow_runs_that_became_more_are_flagged_though_the_median_is_what_it_was()
    {
        var (delays, flagged, told) = (new List<TimeSpan>(), new List<double>(), 0);
        for (var seed = 0; seed < 20; seed++)
        {
            var region = new SimulatedRegion(seed, 5);
            region.Pass(TimeSpan.FromMinutes(30), new Weather());
            var slow = region.Pass(TimeSpan.FromMinutes(10), new Weather { Slow = 0.35, SlowMs = 1000 });
            var first = slow.FindIndex(v => v.Level is Level.Degraded);
            delays.Add(slow[first].JudgedAt - slow[0].JudgedAt);
            flagged.Add(slow.Skip(first).Average(v => v.Level == Level.Degraded ? 1.0 : 0));
            told += slow.Exists(v => v.Sentence.Contains("which 5 % did before, by wait", StringComparison.Ordinal)) ? 1 : 0;
            region.Pass(TimeSpan.FromMinutes(8), new Weather());
            Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy), region.Verdict.Sentence);
        }

        TestContext.Out.WriteLine($"flagged after {string.Join(", ", delays.Select(d => $"{d.TotalSeconds:0}"))} s; then for {string.Join(", ", flagged.Select(f => $"{f:0.00}"))} of the time");
        Assert.That(delays.Count(d => d < TimeSpan.FromMinutes(4)), Is.GreaterThanOrEqualTo(18));
        Assert.That(flagged.Average(), Is.GreaterThan(0.85), "and stays so while it lasts");
        Assert.That(told, Is.GreaterThan(15), "by what became more; where half of the last runs have it, by the median");
    }

    [TestCase(0.58, "us-east is degraded: wait is 98 ms, 96 ms above its baseline of 2.0 ms")]
    [TestCase(0.35, "us-east is degraded: 35 % of runs take longer than 6.0 ms, which 5 % did before, by wait")]
    public void Slow_runs_are_told_by_the_median_when_they_are_half_of_all(double part, string begins)
    {
        var evidence = new Evidence
        {
            Agents = 1,
            Runs = 39,
            BaselineRuns = 48,
            MedianMs = 100,
            BaselineMedianMs = 2.6,
            Superiority = 0.72,
            PValue = 1e-7,
            TailMs = 6,
            TailPart = part,
            Phase = Phase.Wait,
            PhaseMedianMs = 98,
            PhaseBaselineMedianMs = 2,
        };
        var state = DetectorState.New(SimulatedRegion.Start) with { Level = Level.Degraded };
        Assert.That(Sentences.Of("us-east", state, new Judgment(Level.Degraded, evidence, false)), Does.StartWith(begins));
    }

    [Test]
    public void A_part_of_failures_is_found_the_sooner_the_rarer_they_were()
    {
        RegionWindow Window(int passed, int failed) => new(SimulatedRegion.Start, SimulatedRegion.Start.AddMinutes(10), Runs(passed, failed), 1);
        var options = new DetectorOptions();
        Assert.That(RegionDetector.Failing(Window(7, 3), Window(60, 0), default, options), Is.Null, "three of ten against sixty");
        Assert.That(RegionDetector.Failing(Window(7, 3), Window(60, 0), Runs(3000, 1).Counts, options)?.Level, Is.EqualTo(Level.Degraded), "against three thousand");
        Assert.That(RegionDetector.Failing(Window(7, 3), Window(60, 0), Runs(3000, 60).Counts, options), Is.Null, "where one in fifty fails anyway");
    }

    private static Rollup Runs(int passed, int failed) => RollupBuilder.Build(
        Enumerable.Repeat(new StoredRun(RunStatus.Passed, FailureSource.None, 50_000, 1000, 500, -1, 100, 40_000, 400), passed)
            .Concat(Enumerable.Repeat(new StoredRun(RunStatus.Failed, FailureSource.Target, 50_000, 1000, 500, -1, -1, -1, -1), failed)));

    [Test]
    public void Agents_own_faults_never_count_against_the_target()
    {
        var region = new SimulatedRegion(5, 1);
        region.Pass(Quarter, new Weather());
        var all = region.Pass(TimeSpan.FromMinutes(5), new Weather { Failing = 1, Source = FailureSource.Agent });
        Assert.That(all.Select(v => v.Level), Has.None.EqualTo(Level.Degraded).And.None.EqualTo(Level.Down));
        Assert.That(all[^1].Level, Is.EqualTo(Level.Unknown));
        Assert.That(all[^1].Sentence, Does.Contain("agents' own fault"));
    }

    [Test]
    public void Silence_is_not_health()
    {
        var region = new SimulatedRegion(6, 2);
        region.Pass(Quarter, new Weather());
        region.Pass(TimeSpan.FromMinutes(2), new Weather { Silent = true });
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Unknown));
        Assert.That(region.Verdict.Sentence, Does.Contain("silence is not health"));
    }

    [Test]
    public void Until_it_has_a_baseline_a_region_is_learning()
    {
        var region = new SimulatedRegion(7, 10);
        region.Pass(TimeSpan.FromMinutes(4), new Weather());
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Unknown));
        Assert.That(region.Verdict.Sentence, Does.Match(@"learning its baseline, \d+ of 30 runs"));
    }

    [Test]
    public void A_check_that_runs_once_an_hour_has_its_baseline_after_two_days()
    {
        var region = new SimulatedRegion(12, 3600, phase: 60);
        region.Options.EverySeconds = 300;
        region.Pass(TimeSpan.FromDays(2), new Weather());
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Healthy), region.Verdict.Sentence);
        Assert.That(region.UntilFlagged(TimeSpan.FromHours(6), new Weather { WaitMs = 400 }), Is.Not.Null, region.Verdict.Sentence);
    }

    [Test]
    public void A_degradation_of_hours_never_becomes_normal_and_is_over_when_it_is_over()
    {
        var region = new SimulatedRegion(8, 10);
        region.Pass(TimeSpan.FromHours(1), new Weather());
        region.Pass(TimeSpan.FromHours(3), new Weather { WaitMs = 140 });
        Assert.That(region.Verdict.Level, Is.EqualTo(Level.Degraded), region.Verdict.Sentence);
        Assert.That(region.Verdict.Evidence.PhaseBaselineMedianMs, Is.EqualTo(40).Within(2));
        var after = region.Pass(TimeSpan.FromMinutes(10), new Weather());
        Assert.That(after[^1].Level, Is.EqualTo(Level.Healthy), after[^1].Sentence);
        Assert.That(after[^1].Evidence.BaselineRuns, Is.GreaterThan(100), "minutes before the incident are still the baseline");
        Assert.That(region.UntilFlagged(TimeSpan.FromMinutes(5), new Weather { WaitMs = 140 }), Is.Not.Null, "a relapse is seen at once");
    }

    [Test]
    public void A_shift_that_does_not_matter_is_not_flagged()
    {
        var region = new SimulatedRegion(9, 1);
        region.Pass(Quarter, new Weather { WaitMs = 20, Sigma = 0.03 });
        Assert.That(region.UntilFlagged(TimeSpan.FromMinutes(5), new Weather { WaitMs = 35, Sigma = 0.03 }), Is.Null, "15 ms are significant, but under 20");
        Assert.That(region.Verdict.Evidence.PValue, Is.LessThan(1e-6));
    }
}
