using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Why a pair of check and region is worth asking others about.</summary>
internal enum Doubt
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A run failed just now.</summary>
    Failed,

    /// <summary>A look has found something, but not yet often enough to say so.</summary>
    Suspected,

    /// <summary>It is flagged, and shows it.</summary>
    Flagged,
}

/// <summary>One pair that others should be asked about.</summary>
/// <param name="SeenBy">Agents whose runs are in doubt; they are not asked.</param>
/// <param name="Since">When what is doubted began.</param>
internal sealed record Suspicion(CatalogCheck Check, string Region, Doubt Doubt, DateTimeOffset Since, IReadOnlyCollection<int> SeenBy);
