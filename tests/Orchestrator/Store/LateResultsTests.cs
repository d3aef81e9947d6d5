using Probes.Contracts.Results;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

public sealed class LateResultsTests
{
    [Test]
    public void An_attempt_that_was_made_again_corrects_nothing_however_late_it_comes()
    {
        var failed = Results.Passed(1) with { Status = RunStatus.Failed, Source = FailureSource.Target, Attempt = 1, Retried = true };
        IReadOnlyList<LateResult> Of(RunResult result) => LateResults.Of([new PendingRow(1, 1, new ResolvedResult(1, 1, result))], Results.Now.AddHours(1));
        Assert.That(Of(failed), Is.Empty);
        Assert.That(Of(failed with { Attempt = 2, Retried = false }).Single().Results, Is.EqualTo(1));
    }
}
