using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Season;

/// <summary>Reads the same time on earlier days. A day on which people have confirmed an incident of the pair at that time is left out: what was really wrong does not become usual.</summary>
internal sealed class UsualReader(IResultStore store, IIncidents past)
{
    /// <summary>Confirmed incidents of one check in four weeks that are looked through, the latest.</summary>
    private const int MostIncidents = 1000;

    /// <param name="entry">The check.</param>
    /// <param name="snapshot">Where agents are.</param>
    /// <param name="asking">By region, those that asked.</param>
    /// <param name="ct">Ends it.</param>
    public async Task ReadAsync(CatalogCheck entry, CatalogSnapshot snapshot, IReadOnlyDictionary<string, RegionWatch> asking, CancellationToken ct)
    {
        var usual = asking.ToDictionary(a => a.Key, a => new UsualTimes(MinuteHistory.MinuteOf(a.Value.AsksUsual!.From), MinuteHistory.MinuteOf(a.Value.AsksUsual!.To)));
        var first = OtherTarget.CountsFrom(entry, asking.Values.Max(a => a.AsksUsual!.To));
        var oldest = usual.Values.Min(u => u.Span(UsualTimes.DaysBack[^1]).From);
        var real = (await past.ListAsync(new IncidentQuery(Check: entry.Check.Name, From: MinuteHistory.Start(oldest), Limit: MostIncidents, Finding: "confirmed"), ct))
            .SelectMany(i => i.Impacts).Where(i => i.Check == entry.Check.Name)
            .ToLookup(i => i.Region, i => (From: MinuteHistory.MinuteOf(i.StartedAt), To: i.EndedAt is { } end ? MinuteHistory.MinuteOf(end) : long.MaxValue));
        foreach (var days in UsualTimes.DaysBack)
        {
            var open = usual.Where(u => !real[u.Key].Any(r => r.From < u.Value.Span(days).To && r.To > u.Value.Span(days).From)).ToDictionary(u => u.Key, u => u.Value);
            if (open.Count == 0)
            {
                continue;
            }

            var (from, to) = (open.Values.Min(u => u.Span(days).From), open.Values.Max(u => u.Span(days).To));
            await store.VisitRollupsAsync(entry.Id, MinuteHistory.Start(from), MinuteHistory.Start(to), (key, bytes) =>
            {
                if (key.Minute >= first && open.TryGetValue(snapshot.RegionOf(key.AgentId), out var times))
                {
                    times.Put(key.Minute, bytes);
                }
            }, ct);
        }

        foreach (var (region, watch) in asking)
        {
            watch.Usual = usual[region];
        }
    }
}
