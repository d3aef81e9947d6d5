using Microsoft.Extensions.Options;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Sessions;

/// <summary>Assigns again whenever checks or agents have changed, and sweeps out the dead: one loop for all sessions.</summary>
internal sealed class SessionLoop(
    SessionHub hub, Presence presence, ICatalog catalog, IOptions<SessionOptions> options, TimeProvider clock, ILogger<SessionLoop> log) : BackgroundService
{
    private readonly SemaphoreSlim _wake = new(0, 1);
    private CatalogSnapshot? _assignedFor;
    private HashSet<Candidate> _assignedTo = [];

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        catalog.Changed += Wake;
        hub.AgentsChanged += Wake;
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

                RunOnce();
            }
        }
        finally
        {
            catalog.Changed -= Wake;
            hub.AgentsChanged -= Wake;
        }
    }

    /// <summary>One round.</summary>
    internal void RunOnce()
    {
        try
        {
            hub.Sweep();
            Assign();
        }
        catch (Exception fault)
        {
            Log.RoundFailed(log, fault);
        }
    }

    private void Assign()
    {
        var current = catalog.Current;
        var live = new HashSet<Candidate>();
        foreach (var agent in current.AgentsById.Values)
        {
            var slot = hub.Find(agent.PublicId);
            if (!agent.Disabled && (slot?.IsLive(options.Value.Grace) == true || presence.IsElsewhere(agent, slot)))
            {
                live.Add(new Candidate(agent.PublicId, agent.Location, current.IsShared(agent.Location)));
            }
        }

        if (ReferenceEquals(current, _assignedFor) && live.SetEquals(_assignedTo))
        {
            return;
        }

        var assigned = Assigner.Assign(current.Checks.Values, live);
        foreach (var (publicId, checks) in assigned)
        {
            hub.Find(publicId)?.Assign(checks);
        }

        foreach (var gone in _assignedTo)
        {
            if (!assigned.ContainsKey(gone.PublicId))
            {
                hub.Find(gone.PublicId)?.Unassign();
            }
        }

        _assignedFor = current;
        _assignedTo = live;
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
