using System.Collections.Immutable;
using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Catalog;

/// <summary>Everything defined and enrolled, as of one moment; immutable and swapped whole.</summary>
public sealed record CatalogSnapshot
{
    public static readonly CatalogSnapshot Empty = new();

    /// <summary>Live checks by name.</summary>
    public ImmutableSortedDictionary<string, CatalogCheck> Checks { get; init; } =
        ImmutableSortedDictionary.Create<string, CatalogCheck>(StringComparer.Ordinal);

    /// <summary>All checks ever, deleted ones too, by id.</summary>
    public ImmutableDictionary<int, CatalogCheck> ChecksById { get; init; } = ImmutableDictionary<int, CatalogCheck>.Empty;

    /// <summary>Live checks, and deleted ones whose name no live check has, by name: what late results are matched against.</summary>
    public ImmutableDictionary<string, CatalogCheck> ChecksEver { get; init; } = ImmutableDictionary<string, CatalogCheck>.Empty;

    public ImmutableSortedDictionary<string, Location> Locations { get; init; } =
        ImmutableSortedDictionary.Create<string, Location>(StringComparer.Ordinal);

    public ImmutableDictionary<int, CatalogAgent> AgentsById { get; init; } = ImmutableDictionary<int, CatalogAgent>.Empty;

    public ImmutableDictionary<string, CatalogAgent> AgentsByPublicId { get; init; } = ImmutableDictionary<string, CatalogAgent>.Empty;

    /// <summary>Region of an agent: that of its location; "unknown" when the agent is not known.</summary>
    public string RegionOf(int agentId) => AgentsById.TryGetValue(agentId, out var agent) ? RegionOfLocation(agent.Location) : "unknown";

    public string RegionOfLocation(string location) =>
        Locations.TryGetValue(location, out var known) ? known.RegionOrName : location;
}

public sealed record CatalogCheck(int Id, Check Check, DateTimeOffset UpdatedAt, bool Deleted);

public sealed record CatalogAgent(int Id, string PublicId, string Name, string Location, bool Disabled, DateTimeOffset EnrolledAt)
{
    /// <summary>Given no checks, for maintenance.</summary>
    public bool Drained { get; init; }

    /// <summary>Kept for its history only; always <see cref="Disabled"/> too.</summary>
    public bool Deleted { get; init; }
}
