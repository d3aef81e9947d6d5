using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class LatestRunsTests
{
    private const long Minute = 29_000_000;

    private readonly Dictionary<(int Agent, long Minute), Rollup> _read = [];
    private LatestRuns _latest = null!;

    [SetUp]
    public void Begin()
    {
        _latest = new LatestRuns();
        _read.Clear();
    }

    [TestCase(5)]
    [TestCase(10)]
    [TestCase(20)]
    public void A_latency_that_doubles_is_flagged_within_five_intervals_in_whatever_part_of_a_minute(int interval)
    {
        for (var second = 0; second < 60; second += 5)
        {
            var region = new SimulatedRegion(7 + second, interval);
            region.Pass(TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(second), new Weather());
            var took = region.UntilFlagged(TimeSpan.FromMinutes(3), new Weather { WaitMs = 80, DnsMs = 8 });
            Assert.That(took?.TotalSeconds, Is.LessThanOrEqualTo(5 * interval), $"second {second}: {region.Verdict.Sentence}");
            Assert.That(region.Verdict.Sentence, Does.StartWith("us-east is degraded: wait is "));
        }
    }

    [Test]
    public void What_each_reading_adds_is_told_apart_from_what_its_minute_held_before()
    {
        Read(1, Minute, 40, 40, 40, 40, 40, 40);
        Read(1, Minute, 80, 82);
        Read(1, Minute + 1, 84);
        Read(1, Minute + 1, 86);
        var last = _latest.Window(Minute + 1, 4)!;
        Assert.That((last.Rollup.Total.Count, last.Rollup.Counts.Passed, last.From, last.Agents), Is.EqualTo((4, 4, MinuteHistory.Start(Minute), 1)));
        Assert.That(last.Rollup.Total.Quantile(0), Is.EqualTo(80).Within(1).Percent);
        Assert.That(last.Rollup.Total.Sum, Is.EqualTo(332).Within(0.01));
        Assert.That(last.Rollup.Wait.Count, Is.EqualTo(4));
        Assert.That(_latest.Window(Minute + 1, 5)!.Rollup.Total.Count, Is.EqualTo(10), "whole readings");
    }

    [Test]
    public void All_agents_of_the_region_are_in_it_and_what_is_corrected_begins_anew()
    {
        Read(1, Minute, 40, 40);
        Read(2, Minute, 41, 41);
        Assert.That(_latest.Window(Minute, 4)!.Agents, Is.EqualTo(2));
        var corrected = RollupCodec.Encode(RollupBuilder.Build([Run(200)]));
        _latest.Saw(new RollupKey(1, 1, Minute), RollupCodec.Encode(_read[(1, Minute)]), corrected);
        Assert.That(_latest.Window(Minute, 1), Is.Null);
    }

    [Test]
    public void Too_few_too_old_and_late_ones_are_none()
    {
        Read(1, Minute, 40, 40, 40);
        Read(1, Minute - 2, 99);
        Assert.That(_latest.Window(Minute, 4), Is.Null);
        Assert.That(_latest.Window(Minute, 3), Is.Not.Null);
        Assert.That(_latest.Window(Minute + 2, 3), Is.Null);
    }

    private void Read(int agent, long minute, params double[] added)
    {
        var before = _read.GetValueOrDefault((agent, minute));
        var now = RollupBuilder.Build(added.Select(Run));
        if (before is not null)
        {
            now.Merge(before);
        }

        _latest.Saw(new RollupKey(1, agent, minute), before is null ? [] : RollupCodec.Encode(before), RollupCodec.Encode(now));
        _read[(agent, minute)] = now;
    }

    private static StoredRun Run(double ms) => new(RunStatus.Passed, FailureSource.None, (long)(1000 * ms), -1, -1, -1, -1, (long)(900 * ms), -1);
}
