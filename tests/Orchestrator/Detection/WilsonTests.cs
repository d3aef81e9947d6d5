using CsCheck;
using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class WilsonTests
{
    // From the formula, by hand: 8 of 10, 0 of 10, 10 of 10, 81 of 263 (Newcombe 1998, table I, method 3: 0.2553 to 0.3662).
    [TestCase(8, 10, 0.4902, 0.9433)]
    [TestCase(0, 10, 0, 0.2775)]
    [TestCase(10, 10, 0.7225, 1)]
    [TestCase(81, 263, 0.2553, 0.3662)]
    [TestCase(0, 0, 0, 1)]
    public void Agrees_with_known_intervals(int passed, int runs, double low, double high)
    {
        var interval = Wilson.Interval(passed, runs);
        Assert.That(interval.Low, Is.EqualTo(low).Within(1e-4));
        Assert.That(interval.High, Is.EqualTo(high).Within(1e-4));
    }

    [Test]
    public void The_interval_holds_the_share_and_widens_with_certainty() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Double.Unit).Sample((runs, share) =>
        {
            var passed = (long)(runs * share);
            var (narrow, wide) = (Wilson.Interval(passed, runs), Wilson.Interval(passed, runs, Wilson.Z999));
            var p = (double)passed / runs;
            return narrow.Low <= p + 1e-12 && p <= narrow.High + 1e-12 && wide.Low <= narrow.Low + 1e-12 && narrow.High <= wide.High + 1e-12;
        });
}
