using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Leadership;

/// <summary>
/// Leadership by a lease in PostgreSQL, by the database's clock. The holder renews it every two seconds; whoever finds it run out takes it, and its epoch grows by one.
/// Writers hold a key-share lock on the row, which a renewal does not mind and a takeover waits for, so that of two leaders' transactions one is wholly before the other; the
/// transaction of a writer that fell asleep is ended by the server after four seconds. Taken over at the latest 8 + 2 + 4 s after the holder's last sign of life.
/// On SQLite there is one orchestrator, which always leads.
/// </summary>
internal sealed class LeaderLease(Replica self, StoreTarget target, StoreReady ready, EventHub events, TimeProvider time, ILogger<LeaderLease> log) : BackgroundService, ILeadership
{
    /// <summary>How long a lease lasts without being renewed.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(8);

    /// <summary>How often it is renewed, or tried for.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private const string Renew = "UPDATE leases SET expires_at = clock_timestamp() + $3 WHERE name = 'leader' AND holder = $1 AND epoch = $2";

    // The row is locked only when it looks free, and looked at again then.
    private const string Take = """
        WITH free AS (SELECT epoch FROM leases WHERE name = 'leader' AND expires_at < clock_timestamp() FOR UPDATE)
        UPDATE leases SET holder = $1, epoch = free.epoch + 1, expires_at = clock_timestamp() + $2 FROM free WHERE name = 'leader' RETURNING leases.epoch
        """;

    private readonly NpgsqlDataSource? _source = target.Engine == StoreEngine.Postgres ? NpgsqlDataSource.Create(target.ConnectionString) : null;
    private long _epoch;
    private long _renewedAt;

    public bool Leads => _source is null || Epoch is not null;

    /// <summary>The lease's number while it is held; what ran out by our own clock is not, whatever the database says.</summary>
    internal long? Epoch => Volatile.Read(ref _epoch) is > 0 and var epoch && time.GetElapsedTime(Volatile.Read(ref _renewedAt)) < Lasts ? epoch : null;

    public async Task<IDbContextTransaction> BeginAsync(ProbesContext db, CancellationToken ct)
    {
        if (_source is null)
        {
            return await db.Database.BeginTransactionAsync(ct);
        }

        var epoch = Epoch ?? throw new LeadershipLostException();
        var transaction = await db.Database.BeginTransactionAsync(ct);
        try
        {
            await db.Database.ExecuteSqlRawAsync("SET LOCAL idle_in_transaction_session_timeout = '4s'", ct);
            var held = await db.Database.SqlQuery<long>($"SELECT epoch AS \"Value\" FROM leases WHERE name = 'leader' AND epoch = {epoch} FOR KEY SHARE").ToListAsync(ct);
            return held.Count == 1 ? transaction : throw new LeadershipLostException();
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await ReleaseAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or OperationCanceledException)
        {
            // It runs out by itself.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _source?.Dispose();
    }

    /// <summary>Renews the lease, or takes it when it is free.</summary>
    internal async Task TryOnceAsync(CancellationToken ct)
    {
        var (at, led) = (time.GetTimestamp(), Volatile.Read(ref _epoch));
        var epoch = led > 0 && await ExecuteAsync(Renew, ct, self.Id, led, Lasts) == 1 ? led : 0;
        if (epoch == 0)
        {
            await ExecuteAsync("INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('leader', '', 0, '-infinity') ON CONFLICT DO NOTHING", ct);
            at = time.GetTimestamp();
            await using var take = Command(Take, self.Id, Lasts);
            epoch = await take.ExecuteScalarAsync(ct) as long? ?? 0;
        }

        // The time before the database was asked: it counts from later.
        Volatile.Write(ref _renewedAt, at);
        Volatile.Write(ref _epoch, epoch);
        if (epoch != led)
        {
            Tell(led, epoch);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_source is null)
        {
            return;
        }

        await ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await TryOnceAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested && fault is DbException or TimeoutException or InvalidOperationException or OperationCanceledException)
            {
                Log.NotRenewed(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Tell(long led, long epoch)
    {
        if (epoch > 0)
        {
            Log.Leads(log, self.Id, epoch);
        }
        else if (led > 0)
        {
            Log.Follows(log, self.Id);
        }

        events.Publish(new LiveEvent("replicas", ""));
    }

    private async Task ReleaseAsync(CancellationToken ct)
    {
        if (Epoch is { } epoch)
        {
            Volatile.Write(ref _epoch, 0);
            await ExecuteAsync("UPDATE leases SET expires_at = '-infinity' WHERE name = 'leader' AND holder = $1 AND epoch = $2", ct, self.Id, epoch);
        }
    }

    private async Task<int> ExecuteAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = _source!.CreateCommand(sql);
        command.CommandTimeout = 4;
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
