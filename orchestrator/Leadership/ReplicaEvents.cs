using System.Data.Common;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Npgsql;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Leadership;

/// <summary>
/// Carries live events between orchestrators by PostgreSQL's NOTIFY, so that a page is live whichever of them serves it, and a change of the catalog is heard of at once.
/// Verdicts do not travel: each orchestrator judges for itself. What is missed while the connection is away costs liveness only: pages and catalogs read again by themselves.
/// </summary>
internal sealed class ReplicaEvents(
    Replica self, StoreTarget target, StoreReady ready, EventHub events, ReplicaSignals signals, ICatalog catalog, TimeProvider time, ILogger<ReplicaEvents> log) : BackgroundService
{
    private const string Topic = "probes_events";

    // PostgreSQL takes payloads of less than 8000 bytes.
    private const int MostBytes = 7000;

    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Channel<LiveEvent> _going = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (target.Engine != StoreEngine.Postgres)
        {
            return;
        }

        await ready.WhenReadyAsync(stoppingToken);
        events.Told += Take;
        try
        {
            await using var source = NpgsqlDataSource.Create(target.ConnectionString);
            await Task.WhenAll(AlwaysAsync(ct => ListenAsync(source, ct), stoppingToken), AlwaysAsync(ct => SendAsync(source, ct), stoppingToken));
        }
        finally
        {
            events.Told -= Take;
        }
    }

    private void Take(LiveEvent live)
    {
        if (live.Type != "verdict")
        {
            _going.Writer.TryWrite(live);
        }
    }

    private async Task AlwaysAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await work(stopping);
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested && fault is DbException or TimeoutException or IOException or InvalidOperationException)
            {
                Log.NotHeard(log, fault.Message);
                await Task.Delay(Pause, time, stopping);
            }
        }
    }

    private async Task ListenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        connection.Notification += (_, told) =>
        {
            if (told.Channel == ReplicaSignals.Topic)
            {
                signals.Raise(told.Payload);
            }
            else
            {
                Hear(told.Payload, ct);
            }
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {Topic}; LISTEN {ReplicaSignals.Topic}", connection))
        {
            await listen.ExecuteNonQueryAsync(ct);
        }

        while (true)
        {
            // A connection that is cut without a word is found by asking.
            if (!await connection.WaitAsync(TimeSpan.FromSeconds(15), ct))
            {
                await using var ask = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 5 };
                await ask.ExecuteScalarAsync(ct);
            }
        }
    }

    private void Hear(string payload, CancellationToken ct)
    {
        var lines = payload.Split('\n');
        if (lines[0] == self.Id)
        {
            return;
        }

        foreach (var line in lines.Skip(1))
        {
            if (JsonSerializer.Deserialize<LiveEvent>(line) is not { } live)
            {
                continue;
            }

            if (live.Type == "catalog")
            {
                // Disabled agents, drained ones, changed checks: all of it is acted upon when the catalog is read.
                _ = RefreshAsync(ct);
            }

            events.PublishHere(live);
        }
    }

    private async Task RefreshAsync(CancellationToken ct)
    {
        try
        {
            await catalog.RefreshAsync(ct);
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            // It is read every few seconds anyhow.
            Log.NotHeard(log, fault.Message);
        }
    }

    private async Task SendAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        while (await _going.Reader.WaitToReadAsync(ct))
        {
            await Task.Delay(Together, time, ct);
            var waiting = new HashSet<LiveEvent>();
            while (_going.Reader.TryRead(out var live))
            {
                waiting.Add(live);
            }

            foreach (var payload in Payloads(self.Id, waiting))
            {
                await using var notify = source.CreateCommand("SELECT pg_notify($1, $2)");
                notify.Parameters.Add(new() { Value = Topic });
                notify.Parameters.Add(new() { Value = payload });
                await notify.ExecuteNonQueryAsync(ct);
            }
        }
    }

    /// <summary>The sender's name, then a line for each event, in as many pieces as it takes.</summary>
    internal static IEnumerable<string> Payloads(string sender, IEnumerable<LiveEvent> all)
    {
        var (payload, size) = (new StringBuilder(sender), sender.Length);
        foreach (var live in all)
        {
            var line = JsonSerializer.Serialize(live);
            if (size > sender.Length && size + line.Length + 1 > MostBytes)
            {
                yield return payload.ToString();
                (payload, size) = (new StringBuilder(sender), sender.Length);
            }

            payload.Append('\n').Append(line);
            size += line.Length + 1;
        }

        if (size > sender.Length)
        {
            yield return payload.ToString();
        }
    }
}
