using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection.Season;

/// <summary>What is read of earlier days is large: a watch holds it only while it is of use.</summary>
public sealed class RecalledTests
{
    [Test]
    public void What_was_read_of_earlier_days_is_let_go_of_when_the_region_is_flagged()
    {
        var region = Asking(usual: 45);
        region.Pass(TimeSpan.FromMinutes(2), new Weather { WaitMs = 140 });
        Assert.That((region.Verdict.Level, region.Watch.Usual), Is.EqualTo((Level.Degraded, (UsualTimes?)null)));
    }

    [Test]
    public void What_was_read_of_earlier_days_is_let_go_of_when_its_hour_is_over()
    {
        var region = Asking(usual: 150);
        region.Pass(TimeSpan.FromMinutes(5), new Weather { WaitMs = 140 });
        Assert.That(region.Verdict.Evidence.Season, Is.Not.Null, region.Verdict.Sentence);
        region.Pass(TimeSpan.FromMinutes(45), new Weather());
        Assert.That(region.Watch.Usual, Is.Not.Null, "it may be asked again");
        region.Pass(TimeSpan.FromMinutes(20), new Weather());
        Assert.That((region.Verdict.Level, region.Watch.Usual), Is.EqualTo((Level.Healthy, (UsualTimes?)null)));
    }

    /// <param name="usual">Milliseconds that runs took at that time on the three days before.</param>
    private static SimulatedRegion Asking(double usual)
    {
        var region = new SimulatedRegion(1, 2);
        region.Watch.KnowsUsual = true;
        region.Pass(TimeSpan.FromMinutes(15), new Weather());
        for (var i = 0; region.Watch.AsksUsual is null && i < 24; i++)
        {
            region.Pass(TimeSpan.FromSeconds(5), new Weather { WaitMs = 140 });
        }

        Assert.That(region.Watch.AsksUsual, Is.Not.Null, "it is slow, and nothing is flagged before it is known what is usual");
        var window = region.Watch.AsksUsual!;
        var (from, times) = (MinuteHistory.MinuteOf(window.From), new UsualTimes(MinuteHistory.MinuteOf(window.From), MinuteHistory.MinuteOf(window.To)));
        foreach (var day in UsualTimes.DaysBack.Take(3))
        {
            var (first, end) = times.Span(day);
            for (var minute = first; minute < end; minute++)
            {
                var run = (long)(1000 * (minute < from - (day * MinuteHistory.Day) ? 45 : usual));
                times.Put(minute, RollupCodec.Encode(RollupBuilder.Build([new StoredRun(RunStatus.Passed, FailureSource.None, run, 1000, 500, -1, 100, run - 2000, 400)])));
            }
        }

        region.Watch.Usual = times;
        return region;
    }
}
