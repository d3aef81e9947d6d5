using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Npgsql;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Sessions;

/// <summary>An agent's session as its replica told it last.</summary>
/// <param name="Replica">Where it was welcomed last.</param>
/// <param name="Location">Where it was told that it is.</param>
/// <param name="Capacity">As <see cref="AgentSaid"/>.</param>
/// <param name="Abilities">As <see cref="AgentSaid"/>.</param>
/// <param name="Left">How long ago it left; null: it is connected. By the database's clock.</param>
/// <param name="Silence">How long its replica has not said that it lives; null: it said good-bye, or is long gone.</param>
internal sealed record SharedSession(string Replica, string Location, double Capacity, string Abilities, TimeSpan? Left, TimeSpan? Silence);

/// <summary>
/// Tells the other replicas which agents are connected here, and with what; a session that another replica began later is over here. Nothing to do where there is one orchestrator.
/// </summary>
internal sealed class SharedSessions(Replica self, StoreTarget target, SessionHub hub, IOptions<SessionOptions> options, ILogger<SharedSessions> log) : IHostedService, IDisposable
{
    /// <summary>
    /// Agents of a replica that was silent for so long, and that have not come to another, are gone. Of one that hangs they know after 20 s, and may be sent to it once more, for 15 s: meanwhile they
    /// run what they have, and it is better not moved.
    /// </summary>
    internal static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(45);

    /// <summary>A replica writes every 5 s that it lives; one that is late cannot tell its agents anything.</summary>
    internal static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(7.5);

    // A row is written when a session begins and when it ends; the end only by the replica whose it still is.
    private const string Write = """
        INSERT INTO agent_sessions AS s (agent_id, replica, location, capacity, abilities, left_at)
        SELECT n.id, $1, n.location, n.capacity, n.abilities, CASE WHEN n.gone >= 0 THEN clock_timestamp() - make_interval(secs => n.gone) END
        FROM unnest($2::int[], $3::text[], $4::float8[], $5::text[], $6::float8[]) AS n (id, location, capacity, abilities, gone)
        ON CONFLICT (agent_id) DO UPDATE SET replica = excluded.replica, location = excluded.location, capacity = excluded.capacity, abilities = excluded.abilities,
            left_at = excluded.left_at
        WHERE excluded.left_at IS NULL OR s.replica = excluded.replica
        """;

    private const string Read = """
        SELECT s.agent_id, s.replica, s.location, s.capacity, s.abilities,
            extract(epoch FROM clock_timestamp() - s.left_at)::float8, extract(epoch FROM clock_timestamp() - r.seen_at)::float8
        FROM agent_sessions s LEFT JOIN replicas r ON r.name = s.replica
        """;

    private readonly NpgsqlDataSource? _source = target.Engine == StoreEngine.Postgres ? NpgsqlDataSource.Create(target.ConnectionString) : null;

    internal bool IsShared => _source is not null;

    internal string Self => self.Id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Agents of one that stops are expected elsewhere at once.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_source is null)
        {
            return;
        }

        try
        {
            await using var command = _source.CreateCommand("UPDATE agent_sessions SET left_at = clock_timestamp() WHERE replica = $1 AND left_at IS NULL");
            command.Parameters.Add(new() { Value = self.Id });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            Log.LastSeenNotWritten(log, fault.Message);
        }
    }

    /// <summary>Writes who came and who went since this was last called.</summary>
    internal async Task WriteAsync(CancellationToken ct)
    {
        if (_source is null)
        {
            return;
        }

        var grace = options.Value.Grace;
        var changed = hub.Slots.Select(s => (Slot: s, Session: s.Session)).Where(s => !ReferenceEquals(s.Session, s.Slot.Shared)).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        await using var command = _source.CreateCommand(Write);
        object[] values =
        [
            self.Id, changed.Select(s => s.Slot.Id).ToArray(), changed.Select(s => s.Session?.Location ?? s.Slot.Shared!.Location).ToArray(),
            changed.Select(s => s.Slot.Self.Capacity).ToArray(), changed.Select(s => s.Slot.Self.Abilities).ToArray(),
            changed.Select(s => s.Session is not null ? -1.0 : s.Slot.IsLive(grace) ? 0 : grace.TotalSeconds).ToArray(),
        ];
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(ct);
        changed.ForEach(s => s.Slot.Shared = s.Session);
    }

    internal async Task<ImmutableDictionary<int, SharedSession>> ReadAsync(CancellationToken ct)
    {
        var all = ImmutableDictionary.CreateBuilder<int, SharedSession>();
        if (_source is not null)
        {
            await using var command = _source.CreateCommand(Read);
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                all[row.GetInt32(0)] = new SharedSession(row.GetString(1), row.GetString(2), row.GetDouble(3), row.GetString(4), Seconds(row, 5), Seconds(row, 6));
            }
        }

        // Whoever has left another replica and is still here is ours again: told once more.
        foreach (var slot in hub.Slots)
        {
            if (slot.Session is { } session && ReferenceEquals(session, slot.Shared) && all.TryGetValue(slot.Id, out var told) && told is { Left: not null } && told.Replica != self.Id)
            {
                slot.Shared = null;
            }
        }

        return all.ToImmutable();
    }

    public void Dispose() => _source?.Dispose();

    private static TimeSpan? Seconds(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : TimeSpan.FromSeconds(row.GetDouble(column));
}
