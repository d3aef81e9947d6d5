using System.Collections.Immutable;

namespace Probes.Orchestrator.Assignment;

/// <summary>How an agent stands to what it is told.</summary>
internal enum Standing
{
    /// <summary>Connected: it stops and starts when it is told to.</summary>
    Obeys,

    /// <summary>Not connected for a moment: it goes on as last told, and is expected back.</summary>
    Away,

    /// <summary>Not connected any more. It may run all the same, where it cannot be reached.</summary>
    Gone,
}

/// <summary>When a change of one location's shares takes effect.</summary>
internal enum HandOverKind
{
    /// <summary>Nothing goes from one agent to another: at once.</summary>
    None,

    /// <summary>Checks of the gone go to others: at once, as soon as all replicas can know of the fence.</summary>
    Takeover,

    /// <summary>Checks go from one agent that obeys to another: a moment ahead, so that both know before.</summary>
    Planned,
}

/// <summary>What becomes of one location's checks between two plans. Pure.</summary>
/// <param name="Kind">When it takes effect.</param>
/// <param name="Replaced">Agents that are gone and whose checks others were given.</param>
/// <param name="Waits">An agent that is away would have to give something up and cannot be told: better wait until it is back or gone.</param>
internal sealed record HandOver(HandOverKind Kind, ImmutableArray<string> Replaced, bool Waits)
{
    internal static HandOver Between(LocationPlan before, LocationPlan after, Func<string, Standing> standing)
    {
        Dictionary<string, string>? owners = null;
        var replaced = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var (planned, waits) = (false, false);
        foreach (var (agent, checks) in after.Shares)
        {
            var had = before.Share(agent);
            foreach (var check in checks)
            {
                if (LocationPlan.Find(had, check.Check.Name) is not null
                    || !(owners ??= Owners(before)).TryGetValue(check.Check.Name, out var owner) || owner == agent)
                {
                    continue;
                }

                switch (standing(owner))
                {
                    case Standing.Obeys:
                        planned = true;
                        break;
                    case Standing.Away:
                        waits = true;
                        break;
                    default:
                        replaced.Add(owner);
                        break;
                }
            }
        }

        var kind = planned ? HandOverKind.Planned : replaced.Count > 0 ? HandOverKind.Takeover : HandOverKind.None;
        return new HandOver(kind, [.. replaced], waits);
    }

    private static Dictionary<string, string> Owners(LocationPlan plan)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (agent, checks) in plan.Shares)
        {
            foreach (var check in checks)
            {
                owners[check.Check.Name] = agent;
            }
        }

        return owners;
    }
}
