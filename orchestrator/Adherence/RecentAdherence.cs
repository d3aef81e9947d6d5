using System.Data.Common;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Adherence;

/// <summary>The last five whole minutes of all checks, for metrics: read anew every half minute, so that a scrape costs no query.</summary>
internal sealed class RecentAdherence(AdherenceQueries queries, StoreReady ready, TimeProvider time, ILogger<RecentAdherence> log) : BackgroundService
{
    private const int Minutes = 5;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private volatile IReadOnlyList<(string Check, string Region, RunTally Tally)> _now = [];

    public IReadOnlyList<(string Check, string Region, RunTally Tally)> Now => _now;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await ReadOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && e is DbException or InvalidOperationException or TimeoutException or IOException)
            {
                // Old numbers would look like health.
                _now = [];
                Log.NotRead(log, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task ReadOnceAsync(CancellationToken ct) => _now = await queries.LatelyAsync(Minutes, ct);
}
