using System.Security.Cryptography;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

internal readonly record struct PendingRun(RollupKey Key, StoredRun Run);

/// <summary>
/// What this process has stored and not yet added to the rollups, by transaction. A cache: what is lost here is found by the marks that were stored with it (see <c>PendingTables</c>).
/// </summary>
internal sealed class PendingRuns
{
    /// <summary>Beyond this (about 100 bytes each) new ones are not kept, and are computed from what is stored instead.</summary>
    private const int Most = 500_000;

    private readonly Lock _lock = new();
    private Dictionary<long, PendingRun[]> _runs = [];
    private int _count;
    private long _number;

    /// <summary>This process, to the database; never the same twice.</summary>
    public long Writer { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    public long NextTransaction() => Interlocked.Increment(ref _number);

    /// <param name="keys">Of the rows, one by one.</param>
    public void Add(long number, IReadOnlyList<PendingRow> rows, RollupKey[] keys)
    {
        lock (_lock)
        {
            if (rows.Count == 0 || _count + rows.Count > Most)
            {
                return;
            }
        }

        var runs = new PendingRun[rows.Count];
        for (var i = 0; i < runs.Length; i++)
        {
            runs[i] = new PendingRun(keys[i], StoredRun.Of(rows[i].Item.Result));
        }

        PutBack(new() { [number] = runs });
    }

    public Dictionary<long, PendingRun[]> Take()
    {
        lock (_lock)
        {
            var taken = _runs;
            (_runs, _count) = ([], 0);
            return taken;
        }
    }

    /// <summary>For the next try. Whether the one that failed was committed after all, its marks will tell.</summary>
    public void PutBack(Dictionary<long, PendingRun[]> runs)
    {
        lock (_lock)
        {
            foreach (var (number, some) in runs)
            {
                _runs.Add(number, some);
                _count += some.Length;
            }
        }
    }
}
