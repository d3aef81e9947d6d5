using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Fleet;

/// <summary>
/// One time for one move, however many orchestrators tell agents of it. Each plans for itself, by the same function; while one does, the others wait (a lock in the database), so that
/// each plans with what all before it knew. The first to come to a plan sets when it takes effect; the others find it there. Without the database nothing is moved.
/// </summary>
internal sealed class Agreement : IDisposable
{
    // Any number that no other lock of ours has.
    private const long Lock = 0x70726f6265730001;

    /// <summary>How much further ahead a move lies when other orchestrators must hear of it before they tell their agents.</summary>
    internal static readonly TimeSpan Spread = TimeSpan.FromSeconds(1);

    // The time stays when the plan is the same; else it only grows, so that no change overtakes one that was announced.
    private const string Agree = $"""
        WITH told AS (
            INSERT INTO hand_overs AS h (location, plan, effective_us, version) VALUES ($1, $2, $3, nextval('hand_over_versions'))
            ON CONFLICT (location) DO UPDATE SET plan = excluded.plan,
                effective_us = CASE WHEN h.plan = excluded.plan THEN h.effective_us ELSE greatest(h.effective_us, excluded.effective_us) END,
                version = CASE WHEN h.plan = excluded.plan THEN h.version ELSE excluded.version END
            RETURNING effective_us, version)
        SELECT effective_us, version, pg_notify('{ReplicaSignals.Topic}', '{ReplicaSignals.Plans}')::text FROM told
        """;

    private readonly NpgsqlDataSource? _source;
    private readonly ConcurrentDictionary<string, string> _announced = new(StringComparer.Ordinal);
    private long _version = -1;

    public Agreement(StoreTarget target) => _source = target.Engine == StoreEngine.Postgres ? NpgsqlDataSource.Create(target.ConnectionString) : null;

    internal bool IsShared => _source is not null;

    /// <summary>Who runs what, as one short text that is the same wherever the plan is.</summary>
    internal static string Digest(LocationPlan plan)
    {
        var text = new StringBuilder();
        foreach (var (agent, checks) in plan.Shares.Where(s => s.Value.Length > 0).OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            text.Append('\n').Append(agent);
            foreach (var check in checks)
            {
                text.Append(' ').Append(check.Check.Name);
            }
        }

        return text.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    /// <summary>Reads what was announced since this was last called; true when some of it is not what was told here.</summary>
    internal async Task<bool> DiffersAsync(AssignmentPlan plan, CancellationToken ct)
    {
        await using (var command = _source!.CreateCommand("SELECT location, plan, version FROM hand_overs WHERE version > $1"))
        {
            command.Parameters.Add(new() { Value = _version });
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                _announced[row.GetString(0)] = row.GetString(1);
                _version = Math.Max(_version, row.GetInt64(2));
            }
        }

        return _announced.Any(a => a.Value != Digest(plan.Of(a.Key)));
    }

    /// <summary>Whether this is what was announced last, as far as it is known here.</summary>
    internal bool IsAnnounced(string location, string digest) => _announced.GetValueOrDefault(location, "") == digest;

    /// <summary>Waits until no other orchestrator plans; what is returned lets the next one.</summary>
    internal async Task<IAsyncDisposable> BeginAsync(CancellationToken ct)
    {
        var connection = await _source!.OpenConnectionAsync(ct);
        try
        {
            // Ended by the server when we fall asleep in it. Closing the connection rolls back, which lets the next one.
            await using var begin = new NpgsqlCommand($"BEGIN; SET LOCAL idle_in_transaction_session_timeout = '4s'; SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({Lock})", connection);
            await begin.ExecuteNonQueryAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>From when on this plan holds, in microseconds since the Unix epoch: as wanted here, unless it was agreed on already.</summary>
    /// <param name="location">Where.</param>
    /// <param name="digest">Of the plan.</param>
    /// <param name="wantedUs">0: nothing moves, as far as it is seen here.</param>
    /// <param name="ct">Ends it.</param>
    internal async Task<long> AgreeAsync(string location, string digest, long wantedUs, CancellationToken ct)
    {
        await using var command = _source!.CreateCommand(Agree);
        command.Parameters.Add(new() { Value = location });
        command.Parameters.Add(new() { Value = digest });
        command.Parameters.Add(new() { Value = wantedUs });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        _announced[location] = digest;
        return row.GetInt64(0);
    }

    public void Dispose() => _source?.Dispose();
}
