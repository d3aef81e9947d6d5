using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Ingest;

/// <summary>What became of one batch: stored, or why the store will not take it though it answers.</summary>
internal readonly record struct RetryOutcome(StoreOutcome Outcome, string? Failure);

/// <summary>
/// Stores a group in spite of a store that is away for a while. A group that fails though the store answers is stored one by one,
/// so that one batch the store cannot take does not hold up the others.
/// </summary>
internal sealed class StoreRetry(IResultStore store, IngestMetrics metrics, TimeProvider time, ILogger log)
{
    private const int Tries = 3;
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    /// <summary>After this long the group is given back; well below the broker's limit of 30 minutes for an acknowledgement.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Random _random = new();

    /// <exception cref="Exception">The store's own, when it did not answer for <see cref="Patience"/>.</exception>
    public async Task<IReadOnlyList<RetryOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var outcomes = await store.StoreAsync(batches, ct);
                return [.. outcomes.Select(o => new RetryOutcome(o, null))];
            }
            catch (Exception error) when (!ct.IsCancellationRequested)
            {
                metrics.StoreFailed();
                Log.StoreFailed(log, error, batches.Count, attempt);
                if (attempt >= Tries && await AnswersAsync(ct))
                {
                    return batches.Count > 1 ? await OneByOneAsync(batches, ct) : [new(default, error.Message)];
                }

                if (time.GetElapsedTime(started) > Patience)
                {
                    throw;
                }
            }

            await Task.Delay(Pause(attempt), time, ct);
        }
    }

    /// <summary>
    /// Asks the store for what a group needs besides. Without patience here a store that is away makes the broker deliver the group again at once, until
    /// its deliveries are used up.
    /// </summary>
    /// <exception cref="Exception">The store's own, when it did not answer for <see cref="Patience"/>.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, ValueTask<T>> ask, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask(ct);
            }
            catch (Exception error) when (!ct.IsCancellationRequested && time.GetElapsedTime(started) < Patience)
            {
                metrics.StoreFailed();
                Log.StoreSilent(log, attempt, error.Message);
            }

            await Task.Delay(Pause(attempt), time, ct);
        }
    }

    private async Task<IReadOnlyList<RetryOutcome>> OneByOneAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        var outcomes = new List<RetryOutcome>(batches.Count);
        foreach (var batch in batches)
        {
            outcomes.AddRange(await StoreAsync([batch], ct));
        }

        return outcomes;
    }

    private async Task<bool> AnswersAsync(CancellationToken ct)
    {
        try
        {
            return await store.PingAsync(ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private TimeSpan Pause(int attempt)
    {
        var ceiling = Math.Min(MaxPause.TotalSeconds, 0.1 * Math.Pow(2, Math.Min(attempt, 10)));
        lock (_random)
        {
            return TimeSpan.FromSeconds(ceiling * (0.5 + (_random.NextDouble() / 2)));
        }
    }
}
