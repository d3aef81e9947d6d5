using Probes.Contracts.Results;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Backtest;

/// <summary>A past of check 1 in a real store: six runs a minute of one agent, rolled up.</summary>
internal static class StoredPast
{
    public static async Task WriteAsync(IResultStore store, int agent, int minutes, Func<int, double> waitMs, DateTimeOffset? from = null, Func<int, bool>? fails = null)
    {
        var start = from ?? PastWorld.Noon;
        var items = Enumerable.Range(0, 6 * minutes).Select(i => new ResolvedResult(i, 1, Run(i, start, waitMs(i / 6) * (1 + (0.01 * (i % 7))), fails?.Invoke(i / 6) == true))).ToList();
        foreach (var some in items.Chunk(600))
        {
            await store.StoreAsync([new ResolvedBatch(agent, agent, some[0].Sequence, some.Length, some, "1")], CancellationToken.None);
        }

        await store.FlushAsync(CancellationToken.None);
        while (await store.ReadDirtyAsync(500, CancellationToken.None) is { Count: > 0 } keys)
        {
            await store.RollUpAsync(keys, CancellationToken.None);
        }
    }

    private static RunResult Run(int number, DateTimeOffset start, double waitMs, bool fails) => Results.Passed(number, due: start.AddSeconds(10 * number)) with
    {
        Status = fails ? RunStatus.Failed : RunStatus.Passed,
        Source = fails ? FailureSource.Target : FailureSource.None,
        Duration = TimeSpan.FromMilliseconds(waitMs + 3),
        Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), null, null, TimeSpan.FromMilliseconds(waitMs), null),
    };
}
