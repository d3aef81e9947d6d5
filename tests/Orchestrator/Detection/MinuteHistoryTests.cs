using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class MinuteHistoryTests
{
    [Test]
    public void Agents_that_are_gone_are_forgotten_with_their_minutes()
    {
        var history = new MinuteHistory();
        var bytes = RollupCodec.Encode(RollupBuilder.Build([new StoredRun(RunStatus.Passed, FailureSource.None, 40_000, 1000, 500, -1, 100, 30_000, 400)]));
        for (var minute = 0; minute < 5000; minute++)
        {
            // Another agent each hour, as where a place's agent is replaced again and again.
            history.Put(new RollupKey(1, minute / 60, minute), bytes);
            history.Forget(minute, window: 10, baseline: 60);
        }

        Assert.That(history.Agents, Has.Count.LessThanOrEqualTo(4).And.Contains(4999 / 60));
    }
}
