using System.Data.Common;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Secrets;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Sessions;

/// <summary>Assigns again whenever checks or agents have changed, and sweeps out the dead: one loop for all sessions.</summary>
internal sealed class SessionLoop(
    SessionHub hub, Dispatcher dispatcher, SharedSessions shared, ReplicaSignals signals, StoreReady store, ICatalog catalog, SecretNeeds secrets, IOptions<SessionOptions> options, TimeProvider clock, ILogger<SessionLoop> log) : BackgroundService
{
    private readonly SemaphoreSlim _wake = new(0, 1);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        catalog.Changed += Wake;
        hub.AgentsChanged += Wake;
        secrets.Changed += hub.TellSecrets;
        signals.Heard += WakeFor;
        var sweepEvery = TimeSpan.FromSeconds(Math.Min(1, options.Value.HeartbeatSeconds / 2));
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // The sweep also ends graces, so every round assigns; it is cheap when nothing changed.
                if (await _wake.WaitAsync(sweepEvery, stoppingToken))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(options.Value.DebounceMilliseconds), clock, stoppingToken);
                }

                await RunOnceAsync(stoppingToken);
            }
        }
        finally
        {
            catalog.Changed -= Wake;
            hub.AgentsChanged -= Wake;
            secrets.Changed -= hub.TellSecrets;
            signals.Heard -= WakeFor;
        }
    }

    /// <summary>One round.</summary>
    internal async Task RunOnceAsync(CancellationToken ct)
    {
        try
        {
            hub.Sweep();
            if (store.IsReady)
            {
                await shared.WriteAsync(ct);
            }

            await dispatcher.AssignAsync(ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && fault is DbException or TimeoutException)
        {
            // Without the database replicas cannot agree: everybody keeps what they have.
            Log.NotAgreed(log, fault.Message);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            Log.RoundFailed(log, fault);
        }
    }

    private void WakeFor(string signal)
    {
        if (signal == ReplicaSignals.Plans)
        {
            Wake();
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
