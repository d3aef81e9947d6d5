using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Catalog;

/// <summary>The one rule of where a check runs: at every location of its own project or at those it names; at another project's only while that one is shared.</summary>
internal static class Placement
{
    /// <param name="check">Named as the catalog names it.</param>
    /// <param name="location">Qualified name.</param>
    /// <param name="shared">The location takes checks of other projects.</param>
    internal static bool Runs(Check check, string location, bool shared)
    {
        var own = QualifiedName.ProjectOf(check.Name) == QualifiedName.ProjectOf(location);
        return check.Locations.Count == 0 ? own : (own || shared) && check.Locations.Contains(location);
    }
}
