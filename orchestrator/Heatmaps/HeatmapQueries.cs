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

    private static readonly Dictionary<Phase, PhaseSummary> NoPhases = [];

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

        var merged = new Dictionary<string, Merged>(StringComparer.Ordinal);
        var slots = new Dictionary<int, Merged>();
        await _rollups.VisitAsync(entry.Id, from, to, Tier.Day, (key, bytes) =>
        {
            if (!slots.TryGetValue(key.AgentId, out var slot))
            {
                slots[key.AgentId] = slot = Slot(merged, snapshot.RegionOf(key.AgentId));
                slot.Agents++;
            }

            RollupCodec.MergeInto(bytes, slot.Phases ??= new Rollup());
        }, ct);
        foreach (var slot in merged.Values)
        {
            (slot.Counts, slot.Total) = (slot.Phases!.Counts, slot.Phases.Total);
        }

        return Summaries(snapshot, entry.Check, merged, Regions.Live(snapshot));
    }

    public async Task<IReadOnlyList<CheckOverview>> OverviewAsync(TimeSpan span, CancellationToken ct)
    {
        var snapshot = catalog.Current;
        var now = time.GetUtcNow();
        var merged = new Dictionary<int, Dictionary<string, Merged>>();

        // Some hundred thousand rows: what an agent's check adds to is found once, not by the name of its region for each minute.
        var slots = new Dictionary<long, Merged>();
        await store.VisitRollupsAsync(now - span, now + TimeSpan.FromMinutes(1), (key, bytes) =>
        {
            var pair = ((long)key.CheckId << 32) | (uint)key.AgentId;
            if (!slots.TryGetValue(pair, out var slot))
            {
                if (!merged.TryGetValue(key.CheckId, out var regions))
                {
                    merged[key.CheckId] = regions = new(StringComparer.Ordinal);
                }

                slots[pair] = slot = Slot(regions, snapshot.RegionOf(key.AgentId));
                slot.Agents++;
            }

            slot.Counts += RollupCodec.MergeInto(bytes, RollupPart.Total, slot.Total);
        }, ct);
        var live = Regions.Live(snapshot);
        return [.. snapshot.Checks.Values.Select(c =>
        {
            var regions = Summaries(snapshot, c.Check, merged.GetValueOrDefault(c.Id) ?? [], live);
            var worst = Levels.Worst(regions.Select(r => r.Verdict.Level));
            return new CheckOverview(c.Check.Name, c.Check.Probe.Kind, ProbeKinds.Target(c.Check.Probe), (int)c.Check.Interval.TotalSeconds, worst, regions);
        })];
    }

    private static Merged Slot(Dictionary<string, Merged> regions, string region)
    {
        if (!regions.TryGetValue(region, out var slot))
        {
            regions[region] = slot = new Merged();
        }

        return slot;
    }

    private List<RegionSummary> Summaries(
        CatalogSnapshot snapshot, Check check, Dictionary<string, Merged> merged, IReadOnlyList<string> live)
    {
        var planned = Regions.LocationsByRegion(snapshot, check, live);
        return [.. planned.Keys.Union(merged.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(region =>
        {
            var found = merged.GetValueOrDefault(region) ?? new Merged();
            var locations = planned.GetValueOrDefault(region) ?? [];
            var placed = locations.FirstOrDefault(l => l.Latitude is not null);
            return new RegionSummary(region, verdicts.Of(check.Name, region), found.Counts, found.Agents, [.. locations.Select(l => l.Name)],
                Quantile(found.Total, 0.5), Quantile(found.Total, 0.95), Quantile(found.Total, 0.99), Quantile(found.Phases?.Dns, 0.95),
                found.Phases is { } phases ? Phases(phases) : NoPhases, placed?.Latitude, placed?.Longitude);
        })];
    }

    private static Dictionary<Phase, PhaseSummary> Phases(Rollup rollup) =>
        Enum.GetValues<Phase>().Where(p => rollup[p].Count > 0)
            .ToDictionary(p => p, p => new PhaseSummary(rollup[p].Quantile(0.5), rollup[p].Quantile(0.95)));

    private static double? Quantile(Sketch? sketch, double q) => sketch is null or { Count: 0 } ? null : sketch.Quantile(q);

    /// <summary>What the rollups of one check in one region add up to.</summary>
    private sealed class Merged
    {
        public RunCounts Counts { get; set; }

        public Sketch Total { get; set; } = new();

        /// <summary>Null where phases are not asked for.</summary>
        public Rollup? Phases { get; set; }

        public int Agents { get; set; }
    }
}
