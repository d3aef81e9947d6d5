using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class AgentSplitTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Three agents, a run a minute each, judged as one of five regions.</summary>
    [Test]
    public void One_agent_of_three_that_is_slower_is_found_within_eight_runs_and_named([Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        var check = new Check { Name = "shop", Interval = TimeSpan.FromMinutes(1), Probe = new TcpSpec { Host = "shop.test", Port = 443 } };
        var watch = new RegionWatch("shop", "us-east", Noon);
        var options = new DetectorOptions().With(0.0001 / 5);
        Verdict? flagged = null;
        for (var minute = 0; minute < 98 && flagged is null; minute++)
        {
            for (var agent = 1; agent <= 3; agent++)
            {
                var ms = (100 * Math.Exp(0.15 * (random.NextDouble() - 0.5))) + (minute >= 90 && agent == 2 ? 200 : 0);
                var run = new StoredRun(RunStatus.Passed, FailureSource.None, (long)(1000 * ms), 1000, 500, -1, 100, (long)(900 * ms), 400);
                watch.History.Put(new RollupKey(1, agent, MinuteHistory.MinuteOf(Noon) + minute), RollupCodec.Encode(RollupBuilder.Build([run])));
            }

            var verdict = watch.Judge(check, Noon.AddMinutes(minute).AddSeconds(55), options);
            Assert.That(minute >= 90 || verdict.Level is Level.Healthy or Level.Unknown, verdict.Sentence);
            flagged = verdict.Level == Level.Degraded ? verdict : null;
        }

        Assert.That(flagged, Is.Not.Null);
        Assert.That(AgentSplit.Only(flagged!.Evidence.ByAgent!)?.AgentId, Is.EqualTo(2));
    }
}
