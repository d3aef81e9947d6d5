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

    /// <summary>Maintenance windows in force, by name; those that are over too, until somebody deletes them.</summary>
    public ImmutableSortedDictionary<string, CatalogWindow> Windows { get; init; } =
        ImmutableSortedDictionary.Create<string, CatalogWindow>(StringComparer.Ordinal);

    /// <summary>By name; "default" is always there.</summary>
    public ImmutableSortedDictionary<string, Project> Projects { get; init; } =
        ImmutableSortedDictionary.Create<string, Project>(StringComparer.Ordinal).Add(Project.Default.Name, Project.Default);

    public ImmutableDictionary<int, CatalogAgent> AgentsById { get; init; } = ImmutableDictionary<int, CatalogAgent>.Empty;

    public ImmutableDictionary<string, CatalogAgent> AgentsByPublicId { get; init; } = ImmutableDictionary<string, CatalogAgent>.Empty;

    /// <summary>Region of an agent: that of its location; "unknown" when the agent is not known.</summary>
    public string RegionOf(int agentId) => AgentsById.TryGetValue(agentId, out var agent) ? RegionOfLocation(agent.Location) : "unknown";

    public bool IsShared(string location) => Locations.TryGetValue(location, out var known) && known.Shared;

    /// <summary>Whether agents of the location should run the check.</summary>
    public bool Runs(Check check, string location) => Placement.Runs(check, location, IsShared(location));

    public string RegionOfLocation(string location) =>
        Locations.TryGetValue(location, out var known) ? known.RegionOrName : location;
}

public sealed record CatalogCheck(int Id, Check Check, DateTimeOffset UpdatedAt, bool Deleted)
{
    /// <summary>When it last began to probe something else; null: never since it is known.</summary>
    public DateTimeOffset? ProbedSince { get; init; }
}

/// <summary>One revision of a maintenance window.</summary>
/// <param name="Since">When it was defined so.</param>
/// <param name="Until">When it was changed or deleted; null: in force.</param>
public sealed record CatalogWindow(MaintenanceWindow Window, long Revision, DateTimeOffset Since, DateTimeOffset? Until = null);

/// <summary>A namespace that separates one team's checks, locations, agents, tokens and keys from another's.</summary>
/// <param name="Name">An RFC 1123 label.</param>
public sealed record Project(string Name, string Description, DateTimeOffset? CreatedAt)
{
    public static readonly Project Default = new(QualifiedName.DefaultProject, "", null);
}

public sealed record CatalogAgent(int Id, string PublicId, string Name, string Location, bool Disabled, DateTimeOffset EnrolledAt)
{
    /// <summary>Given no checks, for maintenance.</summary>
    public bool Drained { get; init; }

    /// <summary>Kept for its history only; always <see cref="Disabled"/> too.</summary>
    public bool Deleted { get; init; }
}
