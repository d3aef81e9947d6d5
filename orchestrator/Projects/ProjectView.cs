using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Projects;

/// <summary>
/// The catalog as one project sees it: its own checks, locations and agents, and others' locations that are shared. Agents of those are
/// there so that results have a region, under the location's name and without an identity.
/// </summary>
internal static class ProjectView
{
    private static readonly ConditionalWeakTable<CatalogSnapshot, ConcurrentDictionary<(string Project, bool Bound), CatalogSnapshot>> Made = [];

    /// <param name="whole">Everything.</param>
    /// <param name="project">Null: all.</param>
    /// <param name="bound">Other projects are not to be known of either.</param>
    /// <returns>Made once for each snapshot and project.</returns>
    internal static CatalogSnapshot Of(CatalogSnapshot whole, string? project, bool bound = true) =>
        project is null ? whole : Made.GetOrCreateValue(whole).GetOrAdd((project, bound), static (p, all) => Filter(all, p.Project, p.Bound), whole);

    /// <summary>Whether nothing that shows has changed.</summary>
    internal static bool AreSame(CatalogSnapshot one, CatalogSnapshot other) =>
        one.Checks.Values.SequenceEqual(other.Checks.Values, ReferenceEqualityComparer.Instance)
        && one.Locations.Values.SequenceEqual(other.Locations.Values)
        && one.Windows.Values.SequenceEqual(other.Windows.Values, ReferenceEqualityComparer.Instance)
        && one.Projects.Values.SequenceEqual(other.Projects.Values)
        && one.AgentsById.Count == other.AgentsById.Count
        && one.AgentsById.Values.All(a => other.AgentsById.GetValueOrDefault(a.Id) == a);

    private static CatalogSnapshot Filter(CatalogSnapshot all, string project, bool bound)
    {
        bool IsOwn(string name) => QualifiedName.ProjectOf(name) == project;
        var agents = all.AgentsById.Values.Where(a => IsOwn(a.Location)).ToList();
        var shared = all.AgentsById.Values.Where(a => !IsOwn(a.Location) && all.IsShared(a.Location)).Select(a => a with { Name = a.Location, PublicId = "" });
        return all with
        {
            Checks = all.Checks.Where(c => IsOwn(c.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal),
            ChecksById = all.ChecksById.Where(c => IsOwn(c.Value.Check.Name)).ToImmutableDictionary(),
            ChecksEver = all.ChecksEver.Where(c => IsOwn(c.Key)).ToImmutableDictionary(),
            Locations = all.Locations.Where(l => IsOwn(l.Key) || l.Value.Shared).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Windows = all.Windows.Where(w => IsOwn(w.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Projects = bound ? all.Projects.Where(p => p.Key == project).ToImmutableSortedDictionary(StringComparer.Ordinal) : all.Projects,
            AgentsById = agents.Concat(shared).ToImmutableDictionary(a => a.Id),
            AgentsByPublicId = agents.ToImmutableDictionary(a => a.PublicId),
        };
    }
}
