using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Fleet;

/// <summary>
/// Keeps results from being counted twice. An agent that is cut off goes on with its checks, as it should; when they are given to its peers, what it
/// runs from then on is fenced, until it has its assignment again. What is opened or closed here counts here at once, and elsewhere as soon as it is stored.
/// </summary>
internal sealed class Fences(
    IDbContextFactory<ProbesContext> contexts, StoreReady store, StoreTarget target, IOptions<StoreOptions> options, TimeProvider clock, ILogger<Fences> log)
    : BackgroundService
{
    /// <summary>How long it takes until every replica knows of a fence that was stored: a takeover must lie so far ahead.</summary>
    internal static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<Change> _unwritten = new();
    private volatile FenceSet _current = FenceSet.Empty;
    private long _read;

    internal FenceSet Current => _current;

    /// <summary>Done once those of before the start are known.</summary>
    internal Task WhenLoadedAsync(CancellationToken ct) => _loaded.Task.WaitAsync(ct);

    internal bool IsLoaded => _loaded.Task.IsCompleted;

    /// <summary>From this due time on the agent's results are its peers' business. Nothing when it is fenced already.</summary>
    internal void Open(int agentId, DateTimeOffset from) => Make(new Change(agentId, from, Opens: true));

    /// <summary>From this due time on its results count again. Nothing when it is not fenced.</summary>
    internal void Close(int agentId, DateTimeOffset to) => Make(new Change(agentId, to, Opens: false));

    /// <summary>With what other replicas have stored until a moment ago.</summary>
    internal async ValueTask<FenceSet> LatestAsync(CancellationToken ct)
    {
        await WhenLoadedAsync(ct);
        if (target.Engine == StoreEngine.Postgres && clock.GetElapsedTime(Interlocked.Read(ref _read)) > Fresh)
        {
            await ReadAsync(ct);
        }

        return _current;
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        var expired = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!IsLoaded)
                {
                    await ReadAsync(stoppingToken);
                    _loaded.TrySetResult();
                }

                await WriteAsync(stoppingToken);
                if (clock.GetElapsedTime(expired) > ExpireEvery)
                {
                    expired = clock.GetTimestamp();
                    await ExpireAsync(stoppingToken);
                }

                await _wake.WaitAsync(ExpireEvery, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // What is not written yet counts here; the others learn of it when the store is back.
                Log.FencesNotStored(log, fault.Message);
                await Task.Delay(RetryAfter, clock, stoppingToken);
            }
        }
    }

    private void Make(Change change)
    {
        lock (_gate)
        {
            var next = change.On(_current);
            if (ReferenceEquals(next, _current))
            {
                return;
            }

            _current = next;
            _unwritten.Enqueue(change);
        }

        try
        {
            _wake.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var oldest = clock.GetUtcNow().AddDays(-options.Value.ResultRetentionDays);
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.Set<FenceEntity>().AsNoTracking().Where(f => f.ToAt == null || f.ToAt > oldest).ToListAsync(ct);
        var stored = new FenceSet(rows.GroupBy(f => f.AgentId)
            .ToImmutableDictionary(g => g.Key, g => g.Select(f => new Fence(f.FromAt, f.ToAt)).ToImmutableArray()));
        lock (_gate)
        {
            _current = _unwritten.Aggregate(stored, (set, change) => change.On(set));
        }

        Interlocked.Exchange(ref _read, began);
    }

    private async Task WriteAsync(CancellationToken ct)
    {
        while (Peek() is { } change)
        {
            await using var db = await contexts.CreateDbContextAsync(ct);
            var open = db.Set<FenceEntity>().Where(f => f.AgentId == change.AgentId && f.ToAt == null);
            if (!change.Opens)
            {
                await open.ExecuteUpdateAsync(f => f.SetProperty(x => x.ToAt, change.At), ct);
            }
            else if (!await open.AnyAsync(ct))
            {
                db.Add(new FenceEntity { AgentId = change.AgentId, FromAt = change.At });
                await db.SaveChangesAsync(ct);
            }

            lock (_gate)
            {
                _unwritten.Dequeue();
            }
        }
    }

    private Change? Peek()
    {
        lock (_gate)
        {
            return _unwritten.TryPeek(out var change) ? change : null;
        }
    }

    private async Task ExpireAsync(CancellationToken ct)
    {
        var oldest = clock.GetUtcNow().AddDays(-options.Value.ResultRetentionDays);
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Set<FenceEntity>().Where(f => f.ToAt < oldest).ExecuteDeleteAsync(ct);
    }

    private sealed record Change(int AgentId, DateTimeOffset At, bool Opens)
    {
        public FenceSet On(FenceSet set) => Opens ? set.Open(AgentId, At) : set.Close(AgentId, At);
    }
}
