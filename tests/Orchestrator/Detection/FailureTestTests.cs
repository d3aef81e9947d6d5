using CsCheck;
using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class FailureTestTests
{
    [TestCase(3, 3, 0, 60, 1 / 39_711.0)]
    [TestCase(1, 1, 0, 60, 1 / 61.0)]
    [TestCase(0, 3, 5, 60, 1.0)]
    public void The_chance_is_that_of_drawing_the_latest_runs_from_all(long failed, long runs, long failedBefore, long runsBefore, double expected) =>
        Assert.That(FailureTest.PValue(failed, runs, failedBefore, runsBefore), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void More_failures_are_never_likelier_by_chance() =>
        Gen.Select(Gen.Long[1, 20], Gen.Long[0, 100], Gen.Long[0, 100]).Sample((runs, good, bad) =>
            Enumerable.Range(1, (int)runs).All(k => FailureTest.PValue(k, runs, bad, good + bad) <= FailureTest.PValue(k - 1, runs, bad, good + bad) + 1e-12));
}
