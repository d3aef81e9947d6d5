using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Season;

/// <summary>What watches know of times of day and week. Each set of watches has its own: a replay's hours are not those of now.</summary>
internal sealed class Seasons(IResultStore store, ITierStore tiers, IIncidents past)
{
    public SeasonBook Book { get; } = new(new TieredRollups(store, tiers));

    public UsualReader Usual { get; } = new(store, past);
}
