using Probes.Contracts.Results;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

/// <summary>Batches to store.</summary>
internal static class Batches
{
    public const long Epoch = -77;

    /// <summary>Passed runs of check 1, one a second from <paramref name="from"/> on, by sequence.</summary>
    public static ResolvedBatch Of(int agent, long first, int count, DateTimeOffset? from = null, int check = 1, long epoch = Epoch) => new(
        agent, epoch, first, count,
        [.. Enumerable.Range(0, count).Select(i => new ResolvedResult(first + i, check, Results.Passed((int)first + i, due: (from ?? Results.Now).AddSeconds(first + i))))],
        "1.0");

    public static ResolvedBatch One(int agent, long sequence, RunResult result, int check = 1) =>
        new(agent, Epoch, sequence, 1, [new ResolvedResult(sequence, check, result)], "1.0");
}
