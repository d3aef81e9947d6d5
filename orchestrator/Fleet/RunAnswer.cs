using Probes.Contracts.Wire;

namespace Probes.Orchestrator.Fleet;

/// <summary>What an agent made of a run on demand, before it is read.</summary>
/// <param name="State">As <see cref="OnDemandRun"/>; done only with an update.</param>
/// <param name="Reason">In words; empty when done.</param>
/// <param name="Update">The agent's last word.</param>
internal sealed record RunAnswer(OnDemandState State, string Reason, RunUpdate? Update = null);
