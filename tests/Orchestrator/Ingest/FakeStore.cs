using System.Collections.Concurrent;
using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Orchestrator.Ingest;

/// <summary>A store in memory that counts each (agent, epoch, sequence) once, and fails when told to.</summary>
internal sealed class FakeStore : IResultStore
{
    private readonly HashSet<(int, long, long)> _seen = [];

    public List<ResolvedResult> Stored { get; } = [];

    public ConcurrentQueue<DeadLetter> Letters { get; } = new();

    /// <summary>Called before each group; may throw, or wait.</summary>
    public Func<IReadOnlyList<ResolvedBatch>, Task> Before { get; set; } = _ => Task.CompletedTask;

    public bool Answers { get; set; } = true;

    public int Groups { get; private set; }

    public int Count
    {
        get
        {
            lock (_seen)
            {
                return Stored.Count;
            }
        }
    }

    public async Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct)
    {
        await Before(batches);
        lock (_seen)
        {
            Groups++;
            return [.. batches.Select(Store)];
        }
    }

    public Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct)
    {
        Letters.Enqueue(letter);
        return Task.CompletedTask;
    }

    public Task<bool> PingAsync(CancellationToken ct) => Task.FromResult(Answers);

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => throw new NotSupportedException();

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => throw new NotSupportedException();

    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct) => throw new NotSupportedException();

    public Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct) => throw new NotSupportedException();

    private StoreOutcome Store(ResolvedBatch batch)
    {
        var fresh = batch.Items.Where(i => _seen.Add((batch.AgentId, batch.Epoch, i.Sequence))).ToList();
        Stored.AddRange(fresh);
        return new(fresh.Count, batch.Items.Count - fresh.Count);
    }
}

/// <summary>A catalog with the check <c>shop</c>, and the agents <c>agent-1</c> and <c>agent-off</c>, the second disabled.</summary>
internal sealed class FakeCatalog : ICatalog
{
    private static readonly Check Shop = new() { Name = "shop", Probe = new TcpSpec { Host = "shop.test", Port = 443 } };

    private static readonly CatalogAgent[] Agents =
    [
        new(1, "agent-1", "one", "here", false, DateTimeOffset.UnixEpoch), new(2, "agent-off", "off", "here", true, DateTimeOffset.UnixEpoch),
    ];

    public event Action Changed
    {
        add { }
        remove { }
    }

    public int Refreshes { get; private set; }

    public CatalogSnapshot Current { get; set; } = CatalogSnapshot.Empty with
    {
        ChecksEver = ImmutableDictionary<string, CatalogCheck>.Empty.Add("shop", new CatalogCheck(7, Shop, DateTimeOffset.UnixEpoch, false)),
        AgentsByPublicId = Agents.ToImmutableDictionary(a => a.PublicId),
    };

    public Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => throw new NotSupportedException();

    public Func<Task> OnRefresh { get; set; } = () => Task.CompletedTask;

    public Task RefreshAsync(CancellationToken ct)
    {
        Refreshes++;
        return OnRefresh();
    }
}
