using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Ingest;

namespace Probes.Orchestrator.Broker;

/// <summary>
/// Ends the broker connections of agents that were disabled or deleted: at once, and once more when the broker has forgotten what it was told before.
/// Every replica does so; ending what is ended costs nothing.
/// </summary>
internal sealed class Revoker(
    ICatalog catalog, BrokerConnections connections, IOptions<BrokerOptions> options, IOptions<BusOptions> bus, TimeProvider clock, ILogger<Revoker> log)
    : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>On top of the cache's life: a login that was permitted at its last moment.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly List<(DateTimeOffset At, string User)> _due = [];
    private ImmutableHashSet<string>? _live;

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!bus.Value.AgentsHaveIdentities)
        {
            return;
        }

        if (!connections.IsConfigured)
        {
            Log.NoManagement(log);
            return;
        }

        catalog.Changed += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await RunOnceAsync(stoppingToken);
                await _wake.WaitAsync(LongestPause, stoppingToken);
            }
        }
        finally
        {
            catalog.Changed -= Wake;
        }
    }

    /// <summary>One round: finds who was shut out since the last, and ends what is due.</summary>
    internal async Task RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var live = catalog.Current.AgentsByPublicId.Values.Where(a => !a.Disabled).Select(a => a.PublicId).ToImmutableHashSet();

        // The first look ends what was shut out while nobody looked.
        var gone = _live is null
            ? catalog.Current.AgentsByPublicId.Values.Where(a => a.Disabled && !a.Deleted).Select(a => a.PublicId)
            : _live.Except(live);
        foreach (var user in gone)
        {
            _due.Add((now, user));
            _due.Add((now + options.Value.CacheLife + Margin, user));
        }

        _live = catalog.Current.AgentsById.IsEmpty ? _live : live;
        foreach (var item in _due.Where(d => d.At <= now).ToList())
        {
            _due.Remove(item);
            if (live.Contains(item.User))
            {
                continue;
            }

            try
            {
                Log.Closed(log, item.User, await connections.CloseAsync(item.User, ct));
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                Log.NotClosed(log, item.User, fault.Message);
                _due.Add((now + RetryAfter, item.User));
            }
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
        }
    }
}
