using System.Runtime.CompilerServices;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>What an agent must be able to do to run a check.</summary>
internal static class Needs
{
    private const string SecretReference = "${{ secrets.";

    private static readonly ConditionalWeakTable<CatalogCheck, IReadOnlyList<string>> Known = [];

    /// <returns>The probe kind, then capabilities as "can:NAME".</returns>
    internal static IReadOnlyList<string> Of(CatalogCheck check) => Known.GetValue(check, static c =>
        CheckDocuments.Write(c.Check).Contains(SecretReference, StringComparison.Ordinal) ? [c.Check.Probe.Kind, "can:secrets"] : [c.Check.Probe.Kind]);
}
