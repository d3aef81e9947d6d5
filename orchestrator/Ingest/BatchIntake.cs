using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Ingest;

/// <summary>
/// Takes groups of batches: 1. reads and judges each; 2. stores what is good in one transaction; 3. keeps what is refused as dead letters; 4. counts.
/// When it returns, every batch of the group is dealt with; when it throws, the group comes again, and nothing is counted twice.
/// </summary>
internal sealed class BatchIntake(
    ICatalog catalog, CurrentFences fences, IResultStore store, BatchSenders senders, IngestMetrics metrics, IngestReceipts receipts,
    IConfiguration configuration,
    TimeProvider time, ILogger<BatchIntake> log) : IDisposable
{
    /// <summary>Source of a dead letter without a sender.</summary>
    public const string UnknownSource = "unknown";

    private static readonly TimeSpan RefreshPause = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _retention = TimeSpan.FromDays(configuration.GetValue("Store:ResultRetentionDays", 14));
    private readonly StoreRetry _retry = new(store, metrics, time, log);
    private readonly SemaphoreSlim _refreshing = new(1);
    private long _refreshed;

    public void Dispose() => _refreshing.Dispose();

    public async Task TakeAsync(IReadOnlyList<RawBatch> group, CancellationToken ct)
    {
        // 1. Read and judge.
        var fenced = await _retry.AskAsync(token => fences(token), ct);
        var known = catalog.Current;
        var readings = group.Select(raw => Read(raw, fenced)).ToArray();
        if (Array.Exists(readings, r => r.NamesUnknown) && await _retry.AskAsync(token => RefreshAsync(known, token), ct))
        {
            readings = group.Select(raw => Read(raw, fenced)).ToArray();
        }

        // 2. Store in one transaction.
        var good = Enumerable.Range(0, readings.Length).Where(i => readings[i].Batch is not null).ToArray();
        var outcomes = good.Length == 0 ? [] : await _retry.StoreAsync([.. good.Select(i => readings[i].Batch!)], ct);
        var stored = new StoreOutcome[readings.Length];
        for (var i = 0; i < good.Length; i++)
        {
            var reading = readings[good[i]];
            stored[good[i]] = outcomes[i].Outcome;
            readings[good[i]] = outcomes[i].Failure is { } failure ? Failed(reading, failure) : reading;
        }

        // 3. Keep the refused. A repeat after a failure here meets duplicates above, and is counted as such.
        for (var i = 0; i < readings.Length; i++)
        {
            if (readings[i].Refusal.Length > 0)
            {
                var (raw, reason) = (group[i], readings[i].Refusal);
                await _retry.AskAsync(token => BuryAsync(raw, reason, token), ct);
            }
        }

        // 4. Count, and tell who waits.
        for (var i = 0; i < readings.Length; i++)
        {
            metrics.Settled(readings[i], stored[i]);
            receipts.Complete(group[i].MessageId, readings[i].Refusal);
        }
    }

    private BatchReading Read(RawBatch raw, FenceSet fenced)
    {
        var reading = BatchReader.Read(raw.Body, catalog.Current, fenced, time.GetUtcNow(), _retention);
        return reading.Batch is not null && senders.Refusal(raw.UserId, reading.AgentId) is { Length: > 0 } refusal
            ? BatchReader.Refuse(reading.Received, BatchReader.Forged, refusal)
            : reading;
    }

    private static BatchReading Failed(BatchReading reading, string failure)
    {
        var rejected = new Dictionary<string, int>(reading.Rejected) { ["store_failed"] = reading.Batch!.Items.Count };
        return reading with { Batch = null, Refusal = "store_failed: " + failure, Rejected = rejected };
    }

    // Another replica may have enrolled the agent or applied the check a moment ago, or this one has just begun and knows nothing yet. Not more often
    // than the pause, whatever strangers send; but who comes while it is read waits for it.
    private async ValueTask<bool> RefreshAsync(CatalogSnapshot known, CancellationToken ct)
    {
        await _refreshing.WaitAsync(ct);
        try
        {
            if (!ReferenceEquals(known, catalog.Current))
            {
                return true;
            }

            if (_refreshed != 0 && time.GetElapsedTime(_refreshed) < RefreshPause)
            {
                return false;
            }

            await catalog.RefreshAsync(ct);
            _refreshed = time.GetTimestamp();
            return true;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async ValueTask<bool> BuryAsync(RawBatch raw, string reason, CancellationToken ct)
    {
        var body = raw.Body[..Math.Min(raw.Body.Length, DeadLetters.MostBytes)].ToArray();
        var source = raw.UserId.Length > 0 ? raw.UserId : UnknownSource;
        await store.AddDeadLetterAsync(new DeadLetter(0, time.GetUtcNow(), source, reason, raw.Body.Length, body), ct);
        metrics.DeadLettered();
        Log.DeadLettered(log, raw.Body.Length, source, reason);
        return true;
    }
}
