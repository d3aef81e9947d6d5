using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Fleet;

/// <summary>An agent that was given a check and will not run it.</summary>
internal sealed record RefusedDelivery(string Agent, string Location, string Reason);

/// <summary>How far a check has come: "live on <paramref name="Applied"/> of <paramref name="Assigned"/> agents".</summary>
/// <param name="Assigned">Agents that should run it.</param>
/// <param name="Applied">Agents connected here that have said they run this very revision.</param>
/// <param name="Elsewhere">Agents connected to another orchestrator, which knows of them.</param>
/// <param name="Refused">Those that have said why they do not.</param>
/// <param name="Shed">Locations where no agent has room for it.</param>
internal sealed record Delivery(int Assigned, int Applied, int Elsewhere, IReadOnlyList<RefusedDelivery> Refused, IReadOnlyList<string> Shed);

/// <summary>What agents have acknowledged.</summary>
internal sealed class Deliveries(SessionHub hub, Dispatcher dispatcher, Presence presence, ICatalog catalog)
{
    internal Delivery Of(CatalogCheck check)
    {
        var (assigned, applied, elsewhere) = (0, 0, 0);
        var refused = new List<RefusedDelivery>();
        var shed = new List<string>();
        foreach (var (location, plan) in dispatcher.Plan.Locations)
        {
            if (Assignment.LocationPlan.Find(plan.Shed, check.Check.Name) is not null)
            {
                shed.Add(location);
            }
            else if (dispatcher.Plan.OwnerOf(check.Check.Name, location) is { } owner)
            {
                assigned++;
                var slot = hub.Find(owner);
                var agent = catalog.Current.AgentsByPublicId.GetValueOrDefault(owner);
                if (agent is not null && presence.IsElsewhere(agent, slot))
                {
                    // What it said while it was here is of no worth now.
                    elsewhere++;
                }
                else if (slot?.DeliveryOf(check) is not { } delivery)
                {
                    continue;
                }
                else if (delivery.Refusal.Length > 0)
                {
                    refused.Add(new RefusedDelivery(agent?.Name ?? owner, location, delivery.Refusal));
                }
                else if (delivery.Applied)
                {
                    applied++;
                }
            }
        }

        shed.Sort(StringComparer.Ordinal);
        return new Delivery(assigned, applied, elsewhere, refused, shed);
    }
}
