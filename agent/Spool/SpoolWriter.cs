using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Probes.Agent.Spool;

/// <summary>Brings what is appended to disk, a few milliseconds at a time, and looks after the files once per interval.</summary>
internal sealed class SpoolWriter(DiskSpool spool, IOptions<SpoolOptions> options, TimeProvider time) : BackgroundService
{
    // One write takes what came in this time: 2,000 results/s are 200 writes/s, not 2,000.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(WriteAsync(stoppingToken), MaintainAsync(stoppingToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        spool.Flush();
        spool.Maintain();
    }

    private async Task WriteAsync(CancellationToken stopping)
    {
        try
        {
            while (await spool.Appended.WaitToReadAsync(stopping))
            {
                await Task.Delay(Gather, time, stopping);
                spool.Appended.TryRead(out _);
                spool.Flush();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    private async Task MaintainAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.FsyncInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                // Also tries again what a failing disk did not take.
                spool.Flush();
                spool.Maintain();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }
}
