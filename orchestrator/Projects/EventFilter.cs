using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Projects;

/// <summary>Which live events concern a listener. Those that name no check count only when something he sees has changed.</summary>
internal sealed class EventFilter(ProjectScope scope, ICatalog catalog, IAgentRegistry agents)
{
    private CatalogSnapshot _catalog = catalog.Current;
    private HashSet<(int, bool, bool)> _agents = Look(scope, agents);

    internal bool Concerns(LiveEvent live)
    {
        if (scope.Visible is null)
        {
            return true;
        }

        return live.Type switch
        {
            _ when live.Check.Length > 0 => scope.Sees(live.Check),
            "agents" => HaveAgentsChanged(),
            _ => HasCatalogChanged(),
        };
    }

    private bool HasCatalogChanged()
    {
        var (before, now) = (_catalog, catalog.Current);
        _catalog = now;
        return !ProjectView.AreSame(before, now);
    }

    private bool HaveAgentsChanged()
    {
        var (before, now) = (_agents, Look(scope, agents));
        _agents = now;
        return !before.SetEquals(now);
    }

    private static HashSet<(int, bool, bool)> Look(ProjectScope scope, IAgentRegistry agents) =>
        scope.Visible is null ? [] : [.. agents.Agents().Select(a => (a.Id, a.Online, a.Disabled))];
}
