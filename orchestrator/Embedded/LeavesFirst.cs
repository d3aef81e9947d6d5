namespace Probes.Orchestrator.Embedded;

/// <summary>Ends before anything else does, so that its agents can hand over their last results while the listeners are still open.</summary>
internal abstract class LeavesFirst : BackgroundService, IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
