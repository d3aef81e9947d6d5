using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Policy;

/// <summary>A probe of an agent that has a policy file: whatever way a check came to it, it is asked about before it runs.</summary>
internal sealed class GuardedProbe(IProbe probe, TargetGuard guard) : IProbe
{
    public string Kind => probe.Kind;

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        guard.OfCheck(check) is { } refusal
            ? ValueTask.FromResult(new ProbeOutcome { Status = RunStatus.Failed, Source = FailureSource.Agent, Reason = refusal.Reason, Message = refusal.Message })
            : probe.RunAsync(check, timeout, stopping);
}
