using System.Collections.Concurrent;
using System.Data.Common;
using Google.Protobuf;
using Npgsql;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Fleet;

/// <summary>Runs on demand by agents of other orchestrators: asked and answered through a table of the database, hurried by signals, and looked for every second all the same.</summary>
internal sealed class RunCalls : BackgroundService
{
    private const string Notify = $"pg_notify('{ReplicaSignals.Topic}', '{ReplicaSignals.Calls}')::text";

    private const string Ask = $"""
        WITH old AS (DELETE FROM run_calls WHERE made_at < clock_timestamp() - interval '5 minutes'),
            made AS (INSERT INTO run_calls (id, agent_id, caller, replica, request) VALUES ($1, $2, $3, $4, $5) RETURNING 1)
        SELECT {Notify} FROM made
        """;

    private const string Take = "UPDATE run_calls SET taken = true WHERE replica = $1 AND NOT taken RETURNING id, agent_id, request";

    private const string Answer = $"""
        WITH told AS (UPDATE run_calls SET state = $3, reason = $4, answer = $5 WHERE id = $1 AND agent_id = $2 RETURNING 1)
        SELECT {Notify} FROM told
        """;

    private const string Collect = "DELETE FROM run_calls WHERE caller = $1 AND state IS NOT NULL RETURNING id, agent_id, state, reason, answer";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // The answer's way back; it is given up later than the run.
    private static readonly TimeSpan WayBack = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Id, int Agent), TaskCompletionSource<RunAnswer>> _waiting = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly NpgsqlDataSource? _source;
    private readonly Replica _self;
    private readonly StoreReady _ready;
    private readonly LocalRuns _local;
    private readonly ICatalog _catalog;
    private readonly ReplicaSignals _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<RunCalls> _log;

    public RunCalls(Replica self, StoreTarget target, StoreReady ready, LocalRuns local, ICatalog catalog, ReplicaSignals signals, TimeProvider clock, ILogger<RunCalls> log)
    {
        (_self, _ready, _local, _catalog, _signals, _clock, _log) = (self, ready, local, catalog, signals, clock, log);
        _source = target.Engine == StoreEngine.Postgres ? NpgsqlDataSource.Create(target.ConnectionString) : null;
    }

    /// <summary>Has another orchestrator's agent run it.</summary>
    /// <param name="agentId">The agent's number in the store.</param>
    /// <param name="replica">Where it is connected.</param>
    /// <param name="request">What the agent is to be sent.</param>
    /// <param name="timeout">After which the agent has not answered.</param>
    /// <param name="ct">Ends the waiting.</param>
    internal async Task<RunAnswer> AskAsync(int agentId, string replica, RunRequest request, TimeSpan timeout, CancellationToken ct)
    {
        var answered = _waiting[(request.Id, agentId)] = new TaskCompletionSource<RunAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await ExecuteAsync(Ask, ct, request.Id, agentId, _self.Id, replica, request.ToByteArray());
            return await answered.Task.WaitAsync(timeout + WayBack, _clock, ct);
        }
        catch (TimeoutException)
        {
            return new RunAnswer(OnDemandState.NoAnswer, "the orchestrator that it is connected to did not answer before the deadline");
        }
        catch (DbException)
        {
            return new RunAnswer(OnDemandState.Elsewhere, "it is connected to another orchestrator, which cannot be asked now");
        }
        finally
        {
            _waiting.TryRemove((request.Id, agentId), out _);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _source?.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_source is null)
        {
            return;
        }

        await _ready.WhenReadyAsync(stoppingToken);
        _signals.Heard += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await _wake.WaitAsync(Every, stoppingToken);
                    await TakeAsync(stoppingToken);
                    await CollectAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested && fault is DbException or TimeoutException or InvalidOperationException)
                {
                    Log.CallsNotRead(_log, fault.Message);
                    await Task.Delay(Every, _clock, stoppingToken);
                }
            }
        }
        finally
        {
            _signals.Heard -= Wake;
        }
    }

    private async Task TakeAsync(CancellationToken ct)
    {
        await using var command = Command(Take, _self.Id);
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            _ = ServeAsync(row.GetString(0), row.GetInt32(1), RunRequest.Parser.ParseFrom((byte[])row[2]), ct);
        }
    }

    private async Task ServeAsync(string id, int agentId, RunRequest request, CancellationToken ct)
    {
        try
        {
            var left = WireTimes.Time(request.DeadlineUs) is { } deadline ? deadline - _clock.GetUtcNow() : TimeSpan.Zero;
            var answer = left <= TimeSpan.Zero ? new RunAnswer(OnDemandState.NoAnswer, "the deadline was over before the agent could be asked; do the orchestrators' clocks agree?")
                : _catalog.Current.AgentsById.TryGetValue(agentId, out var agent) && !agent.Disabled ? await _local.AskAsync(agent.PublicId, request, left, ct)
                : new RunAnswer(OnDemandState.Offline, "the agent is disabled");
            await ExecuteAsync(Answer, ct, id, agentId, (int)answer.State, answer.Reason, answer.Update?.ToByteArray() ?? []);
        }
        catch (Exception fault) when (fault is DbException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            // Whoever asked gives up at the deadline.
            Log.CallsNotRead(_log, fault.Message);
        }
    }

    private async Task CollectAsync(CancellationToken ct)
    {
        if (_waiting.IsEmpty)
        {
            return;
        }

        await using var command = Command(Collect, _self.Id);
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            if (_waiting.TryGetValue((row.GetString(0), row.GetInt32(1)), out var answered))
            {
                var raw = (byte[])row[4];
                answered.TrySetResult(new RunAnswer((OnDemandState)row.GetInt32(2), row.GetString(3), raw.Length == 0 ? null : RunUpdate.Parser.ParseFrom(raw)));
            }
        }
    }

    private void Wake(string signal)
    {
        try
        {
            if (signal == ReplicaSignals.Calls)
            {
                _wake.Release();
            }
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already, or over.
        }
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = _source!.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
