using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Adherence;

/// <summary>One check's runs, region by region, held against when it was due there; and all checks' lately.</summary>
internal sealed class AdherenceQueries(
    ICatalog catalog, PeriodBook book, GapBook gaps, IResultStore store, ITierStore tiers, LateResults late, MaintenanceBook maintenance, Silence silence, TimeProvider time) : IAdherenceQueries
{
    public const int MostSteps = 2000;

    /// <summary>An agent sums them up by check and reason, so that there are few.</summary>
    private const int MostGaps = 10_000;

    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public async Task<AdherenceReport?> OfCheckAsync(string check, DateTimeOffset from, DateTimeOffset to, TimeSpan? step, CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        if (!snapshot.Checks.TryGetValue(check, out var entry))
        {
            return null;
        }

        // Minutes that are gone are not minutes without runs.
        var first = Math.Max(PeriodPlan.Minute(from), (await tiers.StateAsync(ct)).Minute.Gone);
        var end = Math.Max(first, Math.Min(PeriodPlan.Minute(to), PeriodPlan.Minute(now)));
        var board = new AdherenceBoard(snapshot, await book.ReadAsync(entry.Id, first, end, ct), await gaps.ReadAsync(entry.Id, Time(first), Time(end), MostGaps, ct), first, end);
        await store.VisitRollupsAsync(entry.Id, Time(first), Time(end), board.See, ct);
        var settled = Math.Min(AdherenceBoard.Settled(entry.Check, now), end);
        var agents = silence.Agents();
        return new AdherenceReport(check, Time(first), Time(end), Time(settled), (int)(step?.TotalSeconds ?? 0),
        [
            .. from place in board.Places
               group place by snapshot.RegionOfLocation(place.Location) into region
               orderby region.Key
               select Region(entry.Check, region.Key, [.. region], (first, end, settled), board, step, agents),
        ])
        {
            Availability = await AvailabilityAsync(snapshot, entry, board, (first, end, settled), ct),
        };
    }

    /// <summary>By check and region, the last whole <paramref name="minutes"/> whose results should be here.</summary>
    public async Task<IReadOnlyList<(string Check, string Region, RunTally Tally)>> LatelyAsync(int minutes, CancellationToken ct)
    {
        var (snapshot, now) = (catalog.Current, time.GetUtcNow());
        if (snapshot.Checks.IsEmpty)
        {
            return [];
        }

        var ends = snapshot.Checks.Values.ToDictionary(c => c.Id, c => AdherenceBoard.Settled(c.Check, now));
        var (first, end) = (ends.Values.Min() - minutes, ends.Values.Max());
        var board = new AdherenceBoard(snapshot, await book.ReadAsync(null, first, end, ct), await gaps.ReadAsync(null, Time(first), Time(end), MostGaps, ct), first, end);
        await store.VisitRollupsAsync(Time(first), Time(end), board.See, ct);
        return
        [
            .. from place in board.Places
               where ends.ContainsKey(place.CheckId)
               let settled = ends[place.CheckId]
               let tally = board.Tally(place, settled - minutes, settled, settled)
               group tally by (snapshot.ChecksById[place.CheckId].Check.Name, Region: snapshot.RegionOfLocation(place.Location)) into region
               let sum = region.Aggregate((a, b) => a + b)
               where sum.Expected > 0
               orderby region.Key.Name, region.Key.Region
               select (region.Key.Name, region.Key.Region, sum),
        ];
    }

    private async Task<AvailabilityReport> AvailabilityAsync(CatalogSnapshot snapshot, CatalogCheck entry, AdherenceBoard board, (long From, long To, long Settled) span, CancellationToken ct)
    {
        var calendar = await maintenance.ReadAsync(snapshot, entry.Check.Name, span.From, span.To, ct);
        var lateByRegion = (await late.ReadAsync(entry.Id, span.From, span.To, ct)).ToLookup(l => snapshot.RegionOf(l.AgentId));
        var regions = board.Places.GroupBy(p => snapshot.RegionOfLocation(p.Location)).OrderBy(r => r.Key, StringComparer.Ordinal).Select(region => new RegionAvailability(
            region.Key,
            Of(region.Aggregate(default(AvailabilityTally), (sum, p) => sum + board.Availability(p, span.Settled, calendar.Marks(entry.Check.Name, p.Location))), lateByRegion[region.Key]))).ToList();
        var total = Of(regions.Aggregate(default(AvailabilityTally), (sum, r) => sum + r.Runs.Tally), regions.SelectMany(r => lateByRegion[r.Region]));
        return new AvailabilityReport(entry.Check.Name, Time(span.From), Time(span.To), Time(span.Settled), total, regions);

        static Availability Of(AvailabilityTally tally, IEnumerable<LateResult> late)
        {
            var all = late.ToList();
            return new Availability(tally, all.Sum(l => l.Results), all.Count > 0 ? all.Max(l => l.LastAt) : null);
        }
    }

    private RegionAdherence Region(
        Check check, string region, SchedulePlace[] places, (long From, long To, long Settled) span, AdherenceBoard board, TimeSpan? step, IReadOnlyList<AgentStatus> agents)
    {
        var steps = new List<StepAdherence>();
        if (step is { } length)
        {
            var minutes = (long)length.TotalMinutes;
            for (var at = span.From; at < span.To; at += minutes)
            {
                steps.Add(new StepAdherence(Time(at), Sum(at, Math.Min(at + minutes, span.To))));
            }
        }

        var tally = Sum(span.From, span.To);
        var silent = tally.Expected > tally.Pending && tally.Executed == 0;
        var reason = tally.Missed == 0 ? "" : Reason(silence.Why(check, region, agents), tally);
        return new RegionAdherence(region, [.. places.Select(p => p.Location).Order(StringComparer.Ordinal)], tally, silent, reason, Sentence(region, tally, reason, [.. places.SelectMany(board.Gaps).Select(g => g.Reason).Distinct().Order()]), steps);

        RunTally Sum(long from, long to) => places.Aggregate(default(RunTally), (sum, place) => sum + board.Tally(place, from, to, span.Settled));
    }

    private static string Reason(string now, RunTally tally) =>
        tally.Told == tally.Missed ? $"its agents tell that they could not make them in time{(now.Length > 0 ? $" ({now})" : "")}"
        : now.Length > 0 ? now
        : "no result came, and its agents say nothing is wrong now";

    internal static string Sentence(string region, RunTally t, string reason, IReadOnlyList<GapReason>? gaps = null)
    {
        if (t.Expected == 0)
        {
            return $"{region}: nothing was due.";
        }

        var words = string.Create(CultureInfo.InvariantCulture, $"{region}: {t.Executed} of {t.Expected} runs were made");
        words += t.Late > 0 ? string.Create(CultureInfo.InvariantCulture, $", {t.Late} of them late") : "";
        words += t.Dropped > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {t.Dropped} results dropped by agents ({string.Join(", ", (gaps ?? []).Select(GapBook.Words))})") : "";
        words += t.Missed > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {t.Missed} missed") : "";
        words += t.Told > 0 && t.Told < t.Missed ? string.Create(CultureInfo.InvariantCulture, $", {t.Told} of them told of by agents") : "";
        words += t.Pending > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {t.Pending} may still come") : "";
        words += t.Extra > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {t.Extra} were made twice") : "";
        return reason.Length > 0 ? $"{words}: {reason}." : words + ".";
    }

    private static DateTimeOffset Time(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
}
