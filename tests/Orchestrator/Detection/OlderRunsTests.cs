using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class OlderRunsTests
{
    [Test]
    public void Runs_count_for_three_days()
    {
        var older = new OlderRuns();
        older.Add(60, new RunCounts { Passed = 5, TargetFaults = 1 });
        older.Add(61, new RunCounts { Passed = 4 });
        older.Add(60 * 24, new RunCounts { Passed = 7 });
        older.Forget(60 * 73);
        Assert.That(older.Sum, Is.EqualTo(new RunCounts { Passed = 16, TargetFaults = 1 }));
        older.Forget(60 * 74);
        Assert.That(older.Sum, Is.EqualTo(new RunCounts { Passed = 7 }));
    }

    [Test]
    public void Hours_are_recalled_after_a_start_but_those_that_are_known_and_those_in_which_something_was_flagged()
    {
        var history = new MinuteHistory();
        var (now, day) = (60L * 24 * 1000, 60L * 24);
        history.FlaggedBefore(now, now - (2 * day) + 70, now - (2 * day) + 130);
        history.Older.Add(now - 600, new RunCounts { Passed = 1 });
        for (var hour = now - (3 * day); hour < now; hour += 60)
        {
            history.Older.Recall(hour, new RunCounts { Passed = 60 });
        }

        Assert.That(history.Older.Sum.Passed, Is.EqualTo((60 * (72 - 1 - 2)) + 1));
        history.Older.Add(now - 1200, new RunCounts { Passed = 1 });
        history.Older.Add(now - 601, new RunCounts { Passed = 1 });
        history.Older.Add(now - 599, new RunCounts { Passed = 1 });
        Assert.That(history.Older.Sum.Passed, Is.EqualTo((60 * (72 - 1 - 2)) + 2), "minutes of hours that were recalled whole are in them");
    }

    [Test]
    public void What_leaves_the_baseline_is_remembered_unless_it_was_flagged()
    {
        var history = new MinuteHistory();
        var minute = RollupCodec.Encode(RollupBuilder.Build([new StoredRun(RunStatus.Passed, FailureSource.None, 1000, 100, 100, -1, 100, 500, 100)]));
        for (var at = 1000; at < 1200; at++)
        {
            history.Put(new RollupKey(1, 1, at), minute);
        }

        history.Flag(1000, 1009);
        history.Forget(1199, 10, 60);
        Assert.That(history.Older.Sum.Passed, Is.EqualTo(200 - 10 - 60 - 10), "all but the window's, the baseline's and the flagged");
    }
}
