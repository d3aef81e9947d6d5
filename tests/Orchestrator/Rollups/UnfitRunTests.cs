using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Rollups;

public sealed class UnfitRunTests
{
    [TestCase(RunStatus.Passed, FailureSource.None)]
    [TestCase(RunStatus.Failed, FailureSource.Target)]
    [TestCase(RunStatus.TimedOut, FailureSource.Dns)]
    public void What_an_unfit_agent_saw_is_its_own_fault_from_the_wire_to_the_rollup_and_adds_no_latency(RunStatus status, FailureSource source)
    {
        var sent = Results.Passed(1) with { Status = status, Source = source, Unfit = "resolver,cpu" };
        var wire = WireResults.ToWire(sent, 0);
        wire.Source = (Wire.FailureSource)source;
        var (read, _) = WireResults.FromWire(wire, ["shop"]);
        Assert.That((read!.Source, read.Unfit, read.Status), Is.EqualTo((FailureSource.Agent, "resolver,cpu", status)));
        var rollup = RollupBuilder.Build([new StoredRun(read.Status, read.Source, 42_000, 1000, 2000, -1, -1, 30_000, -1, 20_000)]);
        Assert.That(rollup.Counts, Is.EqualTo(new RunCounts { AgentFaults = 1 }));
        Assert.That((rollup.Total.Count, rollup.Dns.Count, rollup.Counts.Availability), Is.EqualTo((0L, 0L, (double?)null)));
    }

    [Test]
    public void Late_runs_are_counted_behind_what_older_builds_read()
    {
        var rollup = RollupBuilder.Build([Run(RunStatus.Passed, 100_000), Run(RunStatus.Passed, 100_001), Run(RunStatus.Failed, 900_000), Run(RunStatus.Missed, 900_000)]);
        var bytes = RollupCodec.Encode(rollup);
        Assert.That(rollup.Late, Is.EqualTo(2), "a missed run is not late");
        Assert.That(RollupCodec.Adherence(bytes), Is.EqualTo((rollup.Counts, 2L)));
        Assert.That(RollupCodec.Decode(bytes).Late, Is.EqualTo(2));
        Assert.That(RollupCodec.Adherence(bytes.AsSpan(0, bytes.Length - 1)), Is.EqualTo((rollup.Counts, 0L)), "written before lateness was kept");
    }

    private static StoredRun Run(RunStatus status, long late) => new(status, FailureSource.None, 1000, -1, -1, -1, -1, -1, -1, late);
}
