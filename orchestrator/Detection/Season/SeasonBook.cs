using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;

namespace Probes.Orchestrator.Detection.Season;

/// <summary>
/// What each pair of check and region is like hour by hour, of the last four weeks: what creeps up too slowly for a baseline of an hour is seen here. Read from the rollups of hours, a few checks at
/// a time; an hour is judged once, when it is over. Not thread-safe.
/// </summary>
internal sealed class SeasonBook(TieredRollups rollups)
{
    /// <summary>Hours of history.</summary>
    private const int Kept = 28 * 24;

    /// <summary>An hour is read this long after its end, when what was under way has come.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(2);

    private readonly Dictionary<int, long> _readTo = [];
    private readonly Dictionary<int, long> _countsFrom = [];
    private readonly Dictionary<(int Check, string Region), HourSeries> _series = [];

    /// <summary>Null: nothing is known of it yet.</summary>
    public HourSeries? Of(int checkId, string region) => _series.GetValueOrDefault((checkId, region));

    /// <param name="snapshot">The checks, and where they run.</param>
    /// <param name="now">Hours that are over by then are read.</param>
    /// <param name="checksAtOnce">After a start all are behind; so many are read, the others with the next calls.</param>
    /// <param name="urgent">Checks that are not to wait.</param>
    /// <param name="recalled">Is told of the hours of the last three days, first minute and counts, when a check is read for the first time.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RefreshAsync(
        CatalogSnapshot snapshot, DateTimeOffset now, int checksAtOnce, IReadOnlySet<string> urgent, Action<CatalogCheck, string, long, RunCounts> recalled, CancellationToken ct)
    {
        var to = Tier.Hour.Floor(MinuteHistory.MinuteOf(now - Settled));
        foreach (var entry in snapshot.Checks.Values.Where(c => c.ProbedSince is not null))
        {
            if (OtherTarget.CountsFrom(entry, now) is var first && first > _countsFrom.GetValueOrDefault(entry.Id))
            {
                Forget([entry.Id]);
                _countsFrom[entry.Id] = first;
            }
        }

        foreach (var entry in snapshot.Checks.Values.Where(c => _readTo.GetValueOrDefault(c.Id) < to).OrderByDescending(c => urgent.Contains(c.Check.Name)).Take(checksAtOnce).ToList())
        {
            var first = !_readTo.TryGetValue(entry.Id, out var from);
            await ReadAsync(snapshot, entry, first ? to - (Kept * 60) : from, to, first ? recalled : (_, _, _, _) => { }, ct);
            _readTo[entry.Id] = to;
        }

        if (_readTo.Count > snapshot.Checks.Count)
        {
            Forget(_readTo.Keys.Where(id => !snapshot.ChecksById.TryGetValue(id, out var check) || check.Deleted).ToHashSet());
        }
    }

    private async Task ReadAsync(CatalogSnapshot snapshot, CatalogCheck entry, long from, long to, Action<CatalogCheck, string, long, RunCounts> recalled, CancellationToken ct)
    {
        var hours = new Dictionary<(string Region, long Hour), (Sketch Total, RunCounts Counts)>();

        // The hour in which it began to probe something else is of both.
        from = Math.Min(to, Math.Max(from, Tier.Hour.Floor(_countsFrom.GetValueOrDefault(entry.Id) + 59)));
        await rollups.VisitAsync(entry.Id, MinuteHistory.Start(from), MinuteHistory.Start(to), Tier.Hour, (key, bytes) =>
        {
            var at = (snapshot.RegionOf(key.AgentId), Tier.Hour.Floor(key.Minute));
            var (total, counts) = hours.TryGetValue(at, out var known) ? known : (new Sketch(), default);
            hours[at] = (total, counts + RollupCodec.MergeInto(bytes, RollupPart.Total, total));
        }, ct);
        var calendar = MaintenanceCalendar.Of(snapshot, snapshot.Windows.Values.Where(w => w.Window.Names(entry.Check.Name)), from, to);
        foreach (var region in Regions.Of(snapshot, entry.Check))
        {
            var series = _series.TryGetValue((entry.Id, region), out var known) ? known : _series[(entry.Id, region)] = new HourSeries(Kept);
            foreach (var (at, (total, counts)) in hours.Where(h => h.Key.Region == region).OrderBy(h => h.Key.Hour))
            {
                // An hour that lies half in maintenance tells of it.
                if (calendar.Covers(entry.Check, region, at.Hour) is not null || calendar.Covers(entry.Check, region, at.Hour + 30) is not null)
                {
                    continue;
                }

                if (total.Count > 0)
                {
                    series.Add(at.Hour, total.Quantile(0.5));
                }

                if (at.Hour >= to - (OlderRuns.Hours * 60))
                {
                    recalled(entry, region, at.Hour, counts);
                }
            }

            series.Judge(to);
        }
    }

    private void Forget(IReadOnlyCollection<int> checks)
    {
        foreach (var gone in checks)
        {
            _readTo.Remove(gone);
            _countsFrom.Remove(gone);
            _series.Keys.Where(k => k.Check == gone).ToList().ForEach(k => _series.Remove(k));
        }
    }
}
