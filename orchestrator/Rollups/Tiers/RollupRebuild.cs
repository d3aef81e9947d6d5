using System.Runtime.CompilerServices;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>How far a rebuild is.</summary>
/// <param name="Part"><c>minutes</c> while they are made of results, <c>tiers</c> while hours and days follow, <c>done</c> at the end.</param>
/// <param name="Done">Minutes of the span that are looked through.</param>
/// <param name="Of">Minutes of the span whose results are still kept; those before stay as they are.</param>
/// <param name="Rollups">Minute rollups made, one for each check, agent and minute.</param>
public sealed record RebuildProgress(string Part, long Done, long Of, long Rollups);

/// <summary>
/// Makes the rollups of a span again from stored results, minute by minute, then hours and days. Safe while results come in, from any orchestrator and when it is broken off: each
/// rollup is a function of what is stored.
/// </summary>
internal sealed class RollupRebuild(IResultStore store, ITierStore tiers, TimeProvider time)
{
    private const int MinutesAtOnce = 30;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private int _running;

    /// <summary>False when one runs at this orchestrator already; else <see cref="End"/> must follow.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _running, 1, 0) == 0;

    public void End() => Interlocked.Exchange(ref _running, 0);

    /// <param name="checks">Null: all.</param>
    /// <param name="from">Inclusive; widened to whole minutes, as <paramref name="to"/>.</param>
    /// <param name="to">Exclusive.</param>
    /// <param name="ct">Breaks it off; what is made stays.</param>
    public async IAsyncEnumerable<RebuildProgress> RunAsync(
        IReadOnlyCollection<int>? checks, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var state = await tiers.StateAsync(ct);
        var (first, end) = (Math.Max(Tiers.MinuteOf(from), state.Results.Gone), Micros.CeilingMinute(to));
        var progress = new RebuildProgress("minutes", 0, Math.Max(0, end - first), 0);
        yield return progress;
        for (var at = first; at < end; at += MinutesAtOnce)
        {
            var next = Math.Min(at + MinutesAtOnce, end);
            var keys = (await tiers.ReadKeysAsync(at, next, ct)).Where(k => checks?.Contains(k.CheckId) != false).ToList();
            foreach (var some in keys.Chunk(RollupWorker.Most))
            {
                await store.RollUpAsync(some, ct);
            }

            progress = progress with { Done = next - first, Rollups = progress.Rollups + keys.Count };
            yield return progress;
        }

        // The leader makes them, as it makes those of late results; what is marked twice costs work only.
        var marked = Math.Min(end, state.Hour.Sealed);
        foreach (var check in checks ?? [TierMark.EveryCheck])
        {
            await tiers.MarkAsync(Tier.Hour, Tiers.MinuteOf(from), marked, check, ct);
        }

        while (await WaitsAsync(Tier.Hour, marked, ct) || await WaitsAsync(Tier.Day, marked, ct))
        {
            yield return progress with { Part = "tiers" };
            await Task.Delay(LookEvery, time, ct);
        }

        yield return progress with { Part = "done" };
    }

    private async Task<bool> WaitsAsync(Tier tier, long before, CancellationToken ct) =>
        (await tiers.ReadMarksAsync(tier, 1, ct)).Any(m => m.Minute < before);
}
