using CsCheck;
using Probes.Orchestrator.Adherence;

namespace Probes.Tests.Orchestrator.Adherence;

public sealed class AvailabilityTallyTests
{
    private static readonly Gen<AvailabilityTally> Minutes =
        from expected in Gen.Long[0, 60]
        from seen in Gen.Select(Gen.Int[0, 40], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 20], (p, t, d, n, a, told) => new MinuteSeen(p, 0, told, t, d, n, a))
        from settled in Gen.Bool
        from dropped in Gen.Long[0, 30]
        from maintenance in Gen.Bool
        select AvailabilityTally.Of(RunTally.Of(expected, seen, settled, dropped), seen, maintenance);

    [Test]
    public void Every_expected_run_is_passed_failed_excluded_or_pending_and_one_of_them_only() =>
        Minutes.Array[0, 50].Sample(minutes =>
        {
            var sum = minutes.Aggregate(default(AvailabilityTally), (a, b) => a + b);
            return minutes.Append(sum).All(t => t.Expected == t.Passed + t.Failed + t.Excluded + t.Pending && t.Counted == t.Passed + t.Failed
                && t is { Passed: >= 0, TargetFaults: >= 0, DnsFaults: >= 0, NetworkFaults: >= 0, AgentFaults: >= 0, Missed: >= 0, Dropped: >= 0, Maintenance: >= 0, Pending: >= 0 }
                && t.Availability is null or (>= 0 and <= 1));
        });

    [Test]
    public void An_extra_run_hides_no_failure_and_in_maintenance_nothing_counts()
    {
        var seen = new MinuteSeen(6, 0, 0, TargetFaults: 1, AgentFaults: 1);
        Assert.That(AvailabilityTally.Of(RunTally.Of(6, seen, settled: true), seen, maintenance: false),
            Is.EqualTo(new AvailabilityTally { Expected = 6, Passed = 5, TargetFaults = 1 }));
        var covered = AvailabilityTally.Of(RunTally.Of(6, seen, settled: true), seen, maintenance: true);
        Assert.That(covered, Is.EqualTo(new AvailabilityTally { Expected = 6, Maintenance = 6 }));
        Assert.That(new Availability(covered, 0, null).Interval, Is.Null);
        Assert.That(new Availability(new AvailabilityTally { Expected = 12, Passed = 9, DnsFaults = 1, Missed = 2 }, 0, null).Tally.Availability, Is.EqualTo(0.9));
    }
}
