using Probes.Contracts.Checks;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Dashboard;

/// <summary>Runs of one check in one region before and during an incident.</summary>
/// <param name="Before">What it was held against; empty when that is no longer stored.</param>
/// <param name="During">From its start to its end, an hour at most.</param>
public sealed record BeforeAndAfter(Rollup Before, Rollup During);

/// <summary>What an incident's page draws.</summary>
internal static class IncidentView
{
    /// <summary>Minutes of an incident that are drawn: the first.</summary>
    private static readonly TimeSpan Drawn = TimeSpan.FromHours(1);

    /// <summary>Which checks in which regions, by name while they are few.</summary>
    public static string Touched(Incident incident, ProjectScope scope)
    {
        var (checks, regions) = (incident.Impacts.Select(i => i.Check).Distinct().ToList(), incident.Impacts.Select(i => i.Region).Distinct().ToList());
        return $"{(checks is [var check] ? scope.Short(check) : $"{checks.Count} checks")} in {(regions is [var region] ? region : $"{regions.Count} regions")}";
    }

    public static async Task<BeforeAndAfter> CompareAsync(IResultStore store, CatalogSnapshot snapshot, Impact impact, DateTimeOffset now, CancellationToken ct)
    {
        var view = new BeforeAndAfter(new Rollup(), new Rollup());
        if (!snapshot.ChecksEver.TryGetValue(impact.Check, out var check))
        {
            return view;
        }

        var e = impact.Evidence;
        var ended = impact.EndedAt ?? now;
        var to = ended - impact.StartedAt < Drawn ? ended : impact.StartedAt + Drawn;
        await VisitAsync(impact.StartedAt, to, view.During);
        if (e is { BaselineFrom: { } first, BaselineTo: { } last })
        {
            await VisitAsync(first, last < impact.StartedAt ? last : impact.StartedAt, view.Before);
        }

        return view;

        Task VisitAsync(DateTimeOffset from, DateTimeOffset until, Rollup into) => from >= until ? Task.CompletedTask : store.VisitRollupsAsync(
            check.Id, MinuteHistory.Start(MinuteHistory.MinuteOf(from)), until, (RollupKey key, ReadOnlySpan<byte> bytes) =>
            {
                if (snapshot.RegionOf(key.AgentId) == impact.Region)
                {
                    RollupCodec.MergeInto(bytes, into);
                }
            }, ct);
    }

    /// <summary>Medians of the phases that happened, before and during, the one that moved most first.</summary>
    public static IReadOnlyList<(Phase Phase, double? Before, double? During)> Phases(BeforeAndAfter view) =>
    [
        .. Enum.GetValues<Phase>().Where(p => view.Before[p].Count + view.During[p].Count > 0)
            .Select(p => (Phase: p, Before: Median(view.Before[p]), During: Median(view.During[p])))
            .OrderByDescending(p => (p.During ?? 0) - (p.Before ?? 0)),
    ];

    private static double? Median(Sketch sketch) => sketch.Count == 0 ? null : sketch.Quantile(0.5);
}
