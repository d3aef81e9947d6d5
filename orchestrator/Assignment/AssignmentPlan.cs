using System.Collections.Immutable;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>Who runs what, everywhere.</summary>
/// <param name="Locations">Every location that has a candidate.</param>
internal sealed record AssignmentPlan(ImmutableDictionary<string, LocationPlan> Locations)
{
    internal static readonly AssignmentPlan Empty = new(ImmutableDictionary.Create<string, LocationPlan>(StringComparer.Ordinal));

    internal LocationPlan Of(string location) => Locations.GetValueOrDefault(location, LocationPlan.Empty);

    /// <summary>The agent that a check is assigned to in a location; null when there is none.</summary>
    internal string? OwnerOf(string check, string location)
    {
        foreach (var (agent, checks) in Of(location).Shares)
        {
            if (LocationPlan.Find(checks, check) is not null)
            {
                return agent;
            }
        }

        return null;
    }
}

/// <summary>Who runs what in one location.</summary>
/// <param name="Shares">By public id, every candidate's checks ordered by name (ordinal); empty for one that has none.</param>
/// <param name="Shed">Checks that no agent here has room for.</param>
internal sealed record LocationPlan(ImmutableDictionary<string, ImmutableArray<CatalogCheck>> Shares, ImmutableArray<CatalogCheck> Shed)
{
    internal static readonly LocationPlan Empty = new(ImmutableDictionary.Create<string, ImmutableArray<CatalogCheck>>(StringComparer.Ordinal), []);

    /// <summary>Runs a second that are not made for want of room.</summary>
    internal double ShedLoad => Shed.Sum(c => Assigner.LoadOf(c));

    internal ImmutableArray<CatalogCheck> Share(string agent) => Shares.TryGetValue(agent, out var checks) ? checks : [];

    /// <summary>By name, in checks ordered by name.</summary>
    internal static CatalogCheck? Find(ImmutableArray<CatalogCheck> checks, string name)
    {
        var (low, high) = (0, checks.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(checks[middle].Check.Name, name);
            if (order == 0)
            {
                return checks[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }
}
