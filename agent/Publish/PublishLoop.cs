using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Spool;

namespace Probes.Agent.Publish;

/// <summary>
/// Takes batches from the spool and publishes them, several at once, until each is confirmed or refused. A batch that was not confirmed
/// is tried again after a pause with jitter, on whatever route holds then.
/// </summary>
internal sealed class PublishLoop(
    DiskSpool spool, PublishTargetSource targets, PublisherFactory publishers, PublishBackoff backoff, TimeProvider time,
    ILogger<PublishLoop> log) : BackgroundService
{
    /// <summary>Batches on their way at once.</summary>
    public const int InFlight = 16;

    /// <summary>Of them left from before: the other places stay free for what is measured now.</summary>
    public const int BacklogInFlight = 12;

    /// <summary>How long a stop goes on publishing what is spooled.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _places = new(InFlight);
    private volatile Outlet? _outlet;
    private int _backlog;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hard = new CancellationTokenSource();
        var following = FollowAsync(hard.Token);
        try
        {
            await TakeAsync(stoppingToken, hard.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await DrainAsync(hard);
        await following;
    }

    // 1. Follow the route: make a publisher for it, put the one before away.
    private async Task FollowAsync(CancellationToken ct)
    {
        try
        {
            PublishRoute? route = null;
            while (true)
            {
                route = await targets.NextAsync(route, ct);
                await SwitchAsync(route);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        finally
        {
            if (_outlet is { } last)
            {
                await last.Publisher.DisposeAsync();
            }
        }
    }

    private async Task SwitchAsync(PublishRoute route)
    {
        var before = _outlet;
        try
        {
            _outlet = new Outlet(route, publishers.Create(route));
            Log.Target(log, targets.Transport);
        }
        catch (UriFormatException error)
        {
            // Nothing can go there; the route before may still work, and another may come.
            Log.SendFailed(log, error);
            return;
        }

        if (before is not null)
        {
            await before.Publisher.DisposeAsync();
        }
    }

    // 2. Take batches, as many at once as there are places.
    private async Task TakeAsync(CancellationToken stopping, CancellationToken hard)
    {
        await targets.NextAsync(null, stopping);
        while (true)
        {
            await _places.WaitAsync(stopping);
            SpoolBatch? batch = null;
            try
            {
                batch = await spool.NextAsync(() => Volatile.Read(ref _backlog) < BacklogInFlight, stopping);
            }
            finally
            {
                if (batch is null)
                {
                    _places.Release();
                }
            }

            if (batch is null)
            {
                return;
            }

            Start(batch, hard);
        }
    }

    private void Start(SpoolBatch batch, CancellationToken ct)
    {
        if (batch.Backlog)
        {
            Interlocked.Increment(ref _backlog);
        }

        _ = SendAsync(batch, ct);
    }

    // 3. On a stop: publish what is left, for a while.
    private async Task DrainAsync(CancellationTokenSource hard)
    {
        if (_outlet is not null)
        {
            using var limit = new CancellationTokenSource(StopLimit, time);
            try
            {
                spool.Flush();
                while (spool.TryNext(partial: true) is { } batch)
                {
                    await _places.WaitAsync(limit.Token);
                    Start(batch, hard.Token);
                }

                for (var i = 0; i < InFlight; i++)
                {
                    await _places.WaitAsync(limit.Token);
                }
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
            }
        }

        await hard.CancelAsync();
        if (spool.Depth > 0)
        {
            Log.StoppedWith(log, spool.Depth);
        }
    }

    private async Task SendAsync(SpoolBatch batch, CancellationToken ct)
    {
        try
        {
            for (var attempt = 1; !await TrySendAsync(batch, ct); attempt++)
            {
                await Task.Delay(backoff.Pause(attempt), time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It stays in the spool.
        }
        finally
        {
            if (batch.Backlog && Interlocked.Decrement(ref _backlog) == BacklogInFlight - 1)
            {
                spool.Wake();
            }

            _places.Release();
        }
    }

    /// <summary>True when the batch is dealt with.</summary>
    private async Task<bool> TrySendAsync(SpoolBatch batch, CancellationToken ct)
    {
        var outlet = _outlet;
        if (outlet is null)
        {
            return false;
        }

        try
        {
            var bytes = BatchWriter.Write(batch, outlet.Route.AgentId, publishers.EngineVersion);
            switch (await outlet.Publisher.PublishAsync(bytes, ct))
            {
                case PublishOutcome.Confirmed:
                    spool.Confirm(batch);
                    return true;
                case PublishOutcome.Refused:
                    spool.Quarantine(batch);
                    return true;
                default:
                    return false;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.SendFailed(log, error);
            return false;
        }
    }

    private sealed record Outlet(PublishRoute Route, IBatchPublisher Publisher);
}
