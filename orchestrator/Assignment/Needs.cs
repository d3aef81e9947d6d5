using System.Runtime.CompilerServices;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>What an agent must be able to do to run a check.</summary>
internal static class Needs
{
    private const string Secrets = CapabilityPrefix + Capabilities.Secrets;

    /// <summary>Before the name of a capability: without it a check is not given away at all, because an agent from before it would run it wrongly and not say so.</summary>
    internal const string CapabilityPrefix = "can:";

    private static readonly ConditionalWeakTable<CatalogCheck, IReadOnlyList<string>> Known = [];

    /// <returns>The probe kind, then capabilities as "can:NAME".</returns>
    internal static IReadOnlyList<string> Of(CatalogCheck check) => Known.GetValue(check, static c =>
        SecretReferences.Of(c.Check).Count > 0 ? [c.Check.Probe.Kind, Secrets] : [c.Check.Probe.Kind]);
}
