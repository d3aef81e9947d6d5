using System.Data.Common;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>
/// Reads the newest results of each check and agent every few seconds, a bounded number of them, away from the ingest. After a start it reads the last minutes, and now
/// and then one of the last day, so that what was normal is known again.
/// </summary>
internal sealed class AnswersWorker(
    ICatalog catalog, IResultStore store, StoreReady ready, AnswerBook book, Verdicts verdicts, IOptions<AnswersOptions> options, TimeProvider time, ILogger<AnswersWorker> logger) : BackgroundService
{
    /// <summary>Results read at most in a round, of all pairs together; each pair has two in any case.</summary>
    private const int MostRead = 20_000;

    /// <summary>Of each pair.</summary>
    private const int MostOfPair = 30;

    /// <summary>Minutes read again in every round, for results that were on their way.</summary>
    private const int Reread = 2;

    /// <summary>After a start: so many minutes of the last day, and all of the last few.</summary>
    private const int PastEvery = 30;
    private const int PastWhole = 15;

    private readonly Dictionary<(int Check, int Agent), DateTimeOffset> _read = [];
    private long _turned;
    private bool _resumed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.EverySeconds), time);
        do
        {
            try
            {
                await CompareOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or InvalidOperationException or TimeoutException or IOException)
            {
                Log.AnswersNotRead(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task CompareOnceAsync(CancellationToken ct)
    {
        var snapshot = catalog.Current;
        if (ReferenceEquals(snapshot, CatalogSnapshot.Empty))
        {
            return;
        }

        var now = time.GetUtcNow();
        var minute = Micros.MinuteOf(Micros.Of(now));
        var pairs = Pairs(snapshot);
        foreach (var gone in _read.Keys.Where(k => !pairs.ContainsKey(k)).ToList())
        {
            _read.Remove(gone);
        }

        if (!_resumed)
        {
            for (var back = 24 * 60; back > Reread; back -= back > PastWhole ? Math.Min(PastEvery, back - PastWhole) : 1)
            {
                await ReadAsync(snapshot, [.. pairs.Keys], minute - back, ct);
            }

            _resumed = true;
        }

        for (var back = Reread; back >= 0; back--)
        {
            await ReadAsync(snapshot, [.. pairs.Where(p => IsDue(p.Key, p.Value, minute - back, now)).Select(p => p.Key)], minute - back, ct);
        }

        _turned = minute;
        book.Compare(snapshot, (check, region) => verdicts.Of(check, region) is { Level: Level.Degraded or Level.Down, Evidence.Superiority: not null });
    }

    // What can be new is asked for, and no more: a run an interval after the last one; of those that are silent, such as agents that others stand in for, each minute once it is over.
    private bool IsDue((int Check, int Agent) pair, TimeSpan interval, long minute, DateTimeOffset now)
    {
        if (!_read.TryGetValue(pair, out var last) || now - last > (3 * interval) + TimeSpan.FromMinutes(Reread))
        {
            return minute >= _turned && minute < Micros.MinuteOf(Micros.Of(now));
        }

        var end = Micros.ToTime((minute + 1) * Micros.PerMinute);
        return last + (0.9 * interval) < (end < now ? end : now);
    }

    private async Task ReadAsync(CatalogSnapshot snapshot, List<(int Check, int Agent)> pairs, long minute, CancellationToken ct)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        List<NewestOf> wanted = [.. pairs.Select(p => new NewestOf(p.Check, p.Agent, _read.GetValueOrDefault(p)))];
        var found = new List<StoredResult>();
        await store.VisitNewestAsync(wanted, Micros.ToTime(minute * Micros.PerMinute), Math.Clamp(MostRead / pairs.Count, 2, MostOfPair), found.Add, ct);
        found.Sort((a, b) => a.Result.Due.CompareTo(b.Result.Due));
        foreach (var (check, agent, result) in found)
        {
            _read[(check, agent)] = result.Due;
        }

        book.Take(snapshot, found);
    }

    /// <summary>Every agent that may run a check, with the check's interval.</summary>
    private static Dictionary<(int Check, int Agent), TimeSpan> Pairs(CatalogSnapshot snapshot)
    {
        var agents = snapshot.AgentsById.Values.Where(a => !a.Deleted).ToLookup(a => a.Location, a => a.Id);
        return snapshot.Checks.Values
            .SelectMany(c => Regions.Places(snapshot, c.Check).Distinct(StringComparer.Ordinal).SelectMany(p => agents[p]).Select(a => (Pair: (c.Id, a), c.Check.Interval)))
            .ToDictionary(p => p.Pair, p => p.Interval);
    }
}
