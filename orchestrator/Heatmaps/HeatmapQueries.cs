using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Heatmaps;

/// <summary>Answers from rollups of the coarsest tier that serves: agents' sketches are merged into regions at query time, so that percentiles are those of all runs.</summary>
internal sealed class HeatmapQueries(ICatalog catalog, IResultStore store, ITierStore tiers, IVerdicts verdicts, TimeProvider time) : IHeatmapQueries
{
    public const int MostSteps = 2000;

    private readonly TieredRollups _rollups = new(store, tiers);

    public async Task<Heatmap?> HeatmapAsync(string check, HeatmapMetric metric, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken ct)
    {
        var snapshot = catalog.Current;
        if (!snapshot.Checks.TryGetValue(check, out var entry))
        {
            return null;
        }

        var grid = new HeatmapGrid(from, to, step);
        var regions = Regions.Of(snapshot, entry.Check);
        var rows = regions.ToDictionary(r => r, _ => new HeatmapCells(grid.Count), StringComparer.Ordinal);
        var regionOf = new Dictionary<int, HeatmapCells>();
        await _rollups.VisitAsync(entry.Id, grid.From, grid.To, TierCover.For((long)step.TotalMinutes), (key, bytes) =>
        {
            if (!regionOf.TryGetValue(key.AgentId, out var cells))
            {
                var region = snapshot.RegionOf(key.AgentId);
                if (!rows.TryGetValue(region, out cells))
                {
                    rows[region] = cells = new HeatmapCells(grid.Count);
                }

                regionOf[key.AgentId] = cells;
            }

            cells.Add(grid.IndexOf(key.Minute), metric, bytes);
        }, ct);
        return new Heatmap(check, HeatmapMetrics.NameOf(metric), metric == HeatmapMetric.Availability ? "ratio" : "ms", grid.From, grid.To, (int)step.TotalSeconds,
            grid.Times, [.. rows.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Value.Row(r.Key, verdicts.Of(check, r.Key).Level, metric))]);
    }

    public async Task<IReadOnlyList<RegionSummary>?> RegionsAsync(string check, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var snapshot = catalog.Current;
        if (!snapshot.Checks.TryGetValue(check, out var entry))
        {
            return null;
        }

        var merged = new Dictionary<string, (Rollup Rollup, HashSet<int> Agents)>(StringComparer.Ordinal);
        await _rollups.VisitAsync(entry.Id, from, to, Tier.Day, (key, bytes) =>
        {
            var (rollup, agents) = Slot(merged, snapshot.RegionOf(key.AgentId));
            RollupCodec.MergeInto(bytes, rollup);
            agents.Add(key.AgentId);
        }, ct);
        return Summaries(snapshot, entry.Check, merged);
    }

    public async Task<IReadOnlyList<CheckOverview>> OverviewAsync(TimeSpan span, CancellationToken ct)
    {
        var snapshot = catalog.Current;
        var now = time.GetUtcNow();
        var merged = new Dictionary<int, Dictionary<string, (Rollup Rollup, HashSet<int> Agents)>>();
        await store.VisitRollupsAsync(now - span, now + TimeSpan.FromMinutes(1), (key, bytes) =>
        {
            if (!merged.TryGetValue(key.CheckId, out var regions))
            {
                merged[key.CheckId] = regions = new(StringComparer.Ordinal);
            }

            var (rollup, agents) = Slot(regions, snapshot.RegionOf(key.AgentId));
            rollup.Counts += RollupCodec.MergeInto(bytes, RollupPart.Total, rollup.Total);
            agents.Add(key.AgentId);
        }, ct);
        return [.. snapshot.Checks.Values.Select(c =>
        {
            var regions = Summaries(snapshot, c.Check, merged.GetValueOrDefault(c.Id) ?? []);
            var worst = Levels.Worst(regions.Select(r => r.Verdict.Level));
            return new CheckOverview(c.Check.Name, c.Check.Probe.Kind, ProbeKinds.Target(c.Check.Probe), (int)c.Check.Interval.TotalSeconds, worst, regions);
        })];
    }

    private static (Rollup Rollup, HashSet<int> Agents) Slot(Dictionary<string, (Rollup Rollup, HashSet<int> Agents)> regions, string region)
    {
        if (!regions.TryGetValue(region, out var slot))
        {
            regions[region] = slot = (new Rollup(), []);
        }

        return slot;
    }

    private List<RegionSummary> Summaries(
        CatalogSnapshot snapshot, Check check, Dictionary<string, (Rollup Rollup, HashSet<int> Agents)> merged) =>
    [
        .. Regions.Of(snapshot, check).Union(merged.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(region =>
        {
            var (rollup, agents) = merged.GetValueOrDefault(region, (new Rollup(), []));
            var locations = Regions.Locations(snapshot, check, region);
            var placed = locations.FirstOrDefault(l => l.Latitude is not null);
            return new RegionSummary(region, verdicts.Of(check.Name, region), rollup.Counts, agents.Count, [.. locations.Select(l => l.Name)],
                Quantile(rollup.Total, 0.5), Quantile(rollup.Total, 0.95), Quantile(rollup.Total, 0.99), Quantile(rollup.Dns, 0.95),
                Phases(rollup), placed?.Latitude, placed?.Longitude);
        }),
    ];

    private static Dictionary<Phase, PhaseSummary> Phases(Rollup rollup) =>
        Enum.GetValues<Phase>().Where(p => rollup[p].Count > 0)
            .ToDictionary(p => p, p => new PhaseSummary(rollup[p].Quantile(0.5), rollup[p].Quantile(0.95)));

    private static double? Quantile(Sketch sketch, double q) => sketch.Count == 0 ? null : sketch.Quantile(q);
}
