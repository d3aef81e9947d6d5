using System.Data.Common;
using System.Reflection;
using Npgsql;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Leadership;

/// <summary>One orchestrator of several.</summary>
/// <param name="Name">The machine's name and a number that is new at each start.</param>
/// <param name="Version">Of the program.</param>
/// <param name="StartedAt">By its own clock.</param>
/// <param name="SeenAt">When it last wrote that it lives, by the database's clock.</param>
/// <param name="Leads">Whether it holds the lease.</param>
/// <param name="Self">Whether it is the one that answers.</param>
public sealed record ReplicaStatus(string Name, string Version, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool Leads, bool Self);

/// <summary>Writes that this orchestrator lives, and reads which others do. One that was silent for a minute is gone.</summary>
internal sealed class ReplicaBook : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const string Live = """
        WITH gone AS (DELETE FROM replicas WHERE seen_at < clock_timestamp() - interval '1 minute')
        INSERT INTO replicas (name, version, started_at, seen_at) VALUES ($1, $2, $3, clock_timestamp())
        ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp()
        """;

    private const string All = """
        SELECT r.name, r.version, r.started_at, r.seen_at, coalesce(l.expires_at > clock_timestamp(), false)
        FROM replicas r LEFT JOIN leases l ON l.name = 'leader' AND l.holder = r.name
        WHERE r.seen_at > clock_timestamp() - interval '1 minute' ORDER BY r.started_at, r.name
        """;

    private static readonly string Version = typeof(ReplicaBook).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly Replica _self;
    private readonly StoreReady _ready;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaBook> _log;
    private readonly NpgsqlDataSource? _source;

    public ReplicaBook(Replica self, StoreTarget target, StoreReady ready, TimeProvider time, ILogger<ReplicaBook> log)
    {
        (_self, _ready, _time, _log) = (self, ready, time, log);
        _source = target.Engine == StoreEngine.Postgres ? NpgsqlDataSource.Create(target.ConnectionString) : null;
    }

    /// <summary>Those that live, oldest first.</summary>
    public async Task<IReadOnlyList<ReplicaStatus>> ReadAsync(CancellationToken ct)
    {
        if (_source is null)
        {
            return [new ReplicaStatus(_self.Id, Version, _self.StartedAt, _time.GetUtcNow(), true, true)];
        }

        await using var command = _source.CreateCommand(All);
        await using var row = await command.ExecuteReaderAsync(ct);
        var replicas = new List<ReplicaStatus>();
        while (await row.ReadAsync(ct))
        {
            var name = row.GetString(0);
            replicas.Add(new ReplicaStatus(
                name, row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetBoolean(4), name == _self.Id));
        }

        return replicas;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_source is not null && _ready.IsReady)
        {
            try
            {
                await using var command = _source.CreateCommand("DELETE FROM replicas WHERE name = $1");
                command.Parameters.Add(new() { Value = _self.Id });
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (Exception fault) when (fault is DbException or TimeoutException or OperationCanceledException)
            {
                // It is forgotten after a minute.
            }
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _source?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_source is null)
        {
            return;
        }

        await _ready.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, _time);
        do
        {
            try
            {
                await using var command = _source.CreateCommand(Live);
                command.Parameters.Add(new() { Value = _self.Id });
                command.Parameters.Add(new() { Value = Version });
                command.Parameters.Add(new() { Value = _self.StartedAt.UtcDateTime });
                await command.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested && fault is DbException or TimeoutException)
            {
                Log.NotRenewed(_log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
