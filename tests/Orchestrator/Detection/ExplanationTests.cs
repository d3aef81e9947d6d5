using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class ExplanationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly Evidence Well = new()
    {
        Agents = 1,
        Runs = 10,
        BaselineRuns = 300,
        WindowFrom = Noon.AddMinutes(-5),
        WindowTo = Noon,
        BaselineFrom = Noon.AddMinutes(-65),
        BaselineTo = Noon.AddMinutes(-5),
        MedianMs = 52,
        BaselineMedianMs = 40,
        Superiority = 0.61,
        PValue = 0.03,
        Availability = 1,
        AvailabilityLow = 0.72,
        AvailabilityHigh = 1,
        BaselineAvailability = 1,
    };

    private static readonly Standing Quiet = new(null, 0, false, null);

    [Test]
    public void Each_threshold_is_said_with_the_number_that_was_held_against_it()
    {
        var said = Say(Well, Level.Healthy, Quiet);
        using var all = Assert.EnterMultipleScope();
        Assert.That(said["shift"], Is.EqualTo((false, "the median rose by 12 ms, from 40 ms to 52 ms; at least 20 ms are asked for")));
        Assert.That(said["significance"], Is.EqualTo((false, "p-value 0.03; below 0.0001 is asked for")));
        Assert.That(said["superiority"], Is.EqualTo((false, "a run is slower than one of its baseline with a chance of 61 %; at least 75 % is asked for")));
        Assert.That(said["passed"], Is.EqualTo((true, "10 runs passed; at least 4 are asked for")));
        Assert.That(said["baseline"], Is.EqualTo((true, "its baseline from 01-31 10:55 to 01-31 11:55 UTC holds 300 passed runs; at least 30 are asked for")));
        Assert.That(said["allFailed"], Is.EqualTo((false, "0 of 10 runs failed; all of the last ones, 3 at least, are asked for")));
        Assert.That(said["failed"], Is.EqualTo((false, "0 of 10 runs failed; at least 2 are asked for")));
        Assert.That(said["inARow"], Is.EqualTo((false, "2 judgments in a row must find it, unless one is certain; none did")));
        Assert.That(Summary(Well, Level.Healthy, Quiet), Is.EqualTo("Not flagged. 0 of 10 runs failed; at least 2 are asked for. "
            + "A run is slower than one of its baseline with a chance of 61 %; at least 75 % is asked for. The median rose by 12 ms, from 40 ms to 52 ms; at least 20 ms are asked for. P-value 0.03; below 0.0001 is asked for."));
    }

    [Test]
    public void A_shift_that_must_be_a_part_of_the_baseline_says_so()
    {
        var said = Say(Well with { MedianMs = 440, BaselineMedianMs = 400 }, Level.Healthy, Quiet);
        Assert.That(said["shift"], Is.EqualTo((false, "the median rose by 40 ms, from 400 ms to 440 ms; at least 100 ms (25 % of it) are asked for")));
    }

    [Test]
    public void Some_failures_are_held_against_the_baseline()
    {
        var said = Say(Well with { Availability = 0.7, AvailabilityLow = 0.4, AvailabilityHigh = 0.89, BaselineAvailability = 0.99 }, Level.Healthy, Quiet);
        Assert.That(said["failed"], Is.EqualTo((true, "3 of 10 runs failed; at least 2 are asked for")));
        Assert.That(said["availability"], Is.EqualTo((true, "availability is 70 %; below 94 % is asked for, 5 % under its baseline")));
        Assert.That(said["failuresSignificance"].Text, Does.Match(@"^so many failures, of \d+ in \d+ runs before, have p-value 0\.\d+; below 2\.5E-5 is asked for$"));
        Assert.That(said["failuresSignificance"].Met, Is.False);
    }

    [Test]
    public void Failures_are_explained_by_all_that_they_are_held_against()
    {
        var region = new SimulatedRegion(12, 5);
        region.Pass(TimeSpan.FromMinutes(70), new Weather());
        region.Watch.History.Older.Add(MinuteHistory.MinuteOf(region.Now) - 600, new RunCounts { Passed = 4000, TargetFaults = 1000 });

        // Against the last hour alone it would be an outage; a fifth failed all the day before.
        var least = new DetectorOptions().Significance / RegionDetector.FailureTests;
        var verdict = region.Pass(TimeSpan.FromMinutes(20), new Weather { Failing = 0.25 }).First(v => v is { Level: Level.Healthy, Evidence: { Availability: { } a, Runs: var runs } e }
            && FailureTest.PValue((long)Math.Round(runs * (1 - a)), runs, (long)Math.Round(e.BaselineRuns * (1 - e.BaselineAvailability!.Value)), e.BaselineRuns) < least);
        var said = Say(verdict.Evidence, verdict.Level, Quiet);
        Assert.That(said["failuresSignificance"].Met, Is.False, said["failuresSignificance"].Text);
        Assert.That(verdict.Evidence.RunsBefore, Is.GreaterThan(2 * verdict.Evidence.BaselineRuns));
    }

    [Test]
    public void Slow_runs_that_became_more_and_what_is_usual_have_their_lines()
    {
        var tail = Say(Well with { TailMs = 90, TailPart = 0.4, PValue = 1e-7, Superiority = 0.6 }, Level.Degraded, new Standing(null, 0, true, null));
        Assert.That(tail["tailPart"], Is.EqualTo((true, "40 % of runs take longer than 90 ms, which 5 % did before; at least 20 % are asked for")));
        Assert.That(tail["tailSignificance"], Is.EqualTo((true, "p-value 1E-7; below 2E-5 is asked for")));
        var usual = Say(Well with { MedianMs = 140, Season = new SeasonEvidence(Basis.TimeOfDay, 3, 150, 170) }, Level.Healthy, Quiet);
        Assert.That(usual["season"], Is.EqualTo((false, "the median is 140 ms; more than 170 ms is asked for, 150 ms are usual at this time of day, by 3 days")));
    }

    [Test]
    public void What_was_found_too_seldom_says_how_often()
    {
        var standing = new Standing(Level.Degraded, 1, false, null);
        Assert.That(Summary(Well, Level.Healthy, standing), Is.EqualTo("Not flagged yet: 2 judgments in a row must find it, unless one is certain; this was the first."));
    }

    [Test]
    public void What_is_flagged_says_what_it_was_flagged_for()
    {
        var slow = Well with { MedianMs = 150, Superiority = 1, PValue = 3e-9, Phase = Phase.Wait, PhaseMedianMs = 145, PhaseBaselineMedianMs = 35 };
        Assert.That(Summary(slow, Level.Degraded, new Standing(null, 0, true, null)), Does.StartWith("Flagged, for all that is asked for was so. A run is slower than one of its baseline with a chance of 100 %; at least 75 % is asked for. ")
            .And.Contain("The median rose by 110 ms, from 40 ms to 150 ms; at least 20 ms are asked for. P-value 3E-9; below 0.0001 is asked for."));
        Assert.That(Summary(Well, Level.Degraded, new Standing(Level.Healthy, 2, false, null)),
            Is.EqualTo("Flagged, though the latest look does not show it: flagged it stays until at least 3 judgments in a row are healthy, this was the second."));
    }

    [Test]
    public void Dns_that_is_slow_within_a_slow_answer_is_held_against_its_own_medians()
    {
        var said = Say(Well with { Phase = Phase.Dns, PhaseMedianMs = 34, PhaseBaselineMedianMs = 4, Superiority = 1, PValue = 1e-9 }, Level.Degraded, new Standing(null, 0, true, null));
        Assert.That(said["shift"], Is.EqualTo((true, "the median of dns rose by 30 ms, from 4.0 ms to 34 ms; at least 20 ms are asked for")));
    }

    [Test]
    public void Maintenance_and_silence_say_so_and_what_is_not_known_is_neither_met_nor_unmet()
    {
        Assert.That(Summary(Well, Level.Degraded, new Standing(null, 0, true, "upgrade")), Does.StartWith("In maintenance (upgrade): it is judged as ever, and no incident opens."));
        Assert.That(Say(Well, Level.Degraded, new Standing(null, 0, true, "upgrade"))["maintenance"], Is.EqualTo((false, "in maintenance (upgrade), when no incident opens")));
        var nothing = new Evidence();
        var said = Say(nothing, Level.Unknown, Quiet);
        Assert.That((said["failed"].Met, said["shift"].Met, said["superiority"].Met, said["baseline"].Met), Is.EqualTo(((bool?)null, (bool?)null, (bool?)null, (bool?)false)));
        Assert.That(Explanation.Summary(Level.Unknown, Quiet, [], "us-east is unknown: silence."), Is.EqualTo("Neither flagged nor healthy. us-east is unknown: silence."));
    }

    private static Dictionary<string, (bool? Met, string Text)> Say(Evidence evidence, Level level, Standing standing) =>
        Explanation.Of(evidence, new DetectorOptions(), level, standing).ToDictionary(c => c.Name, c => (c.Met, c.Text));

    private static string Summary(Evidence evidence, Level level, Standing standing) =>
        Explanation.Summary(level, standing, Explanation.Of(evidence, new DetectorOptions(), level, standing), "It is so.");
}
