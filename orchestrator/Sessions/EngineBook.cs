using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Sessions;

/// <summary>Since when an agent has measured by the engine that it has now.</summary>
/// <param name="Engine">Version of its measuring.</param>
/// <param name="Since">The first minute (since the Unix epoch) that is whole; 0: always, as far as is known.</param>
public readonly record struct AgentEngine(string Engine, long Since);

/// <summary>By which engine each agent measures, and since when; stored, so that a restart or another orchestrator knows too.</summary>
internal sealed class EngineBook(IDbContextFactory<ProbesContext> contexts)
{
    private volatile ImmutableDictionary<int, AgentEngine> _known = ImmutableDictionary<int, AgentEngine>.Empty;
    private volatile IReadOnlyList<(int Agent, AgentEngine Engine)> _changes = [];
    private (long Rows, long Latest) _read = (0, -1);

    /// <summary>By agent; agents that never said are not in it.</summary>
    public IReadOnlyDictionary<int, AgentEngine> Known => _known;

    /// <summary>What was known at each minute of the past, as it is known now. Asked for minutes in ascending order.</summary>
    public Func<long, IReadOnlyDictionary<int, AgentEngine>> Past()
    {
        var (changes, next, known) = (_changes, 0, ImmutableDictionary<int, AgentEngine>.Empty);
        return minute =>
        {
            for (; next < changes.Count && changes[next].Engine.Since <= minute; next++)
            {
                known = known.SetItem(changes[next].Agent, changes[next].Engine);
            }

            return known;
        };
    }

    /// <summary>Notes agents that are with this engine now, unless that is known. The first engine known of an agent is taken to be the one it always had.</summary>
    /// <param name="db">Open.</param>
    /// <param name="engine">As the agents said.</param>
    /// <param name="agents">Their numbers in the store, and when they said so.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task NoteAsync(ProbesContext db, string engine, IReadOnlyCollection<(int Id, DateTimeOffset Since)> agents, CancellationToken ct)
    {
        var values = string.Join(", ", agents.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"({{{(2 * i) + 1}}}, {{{(2 * i) + 2}}})")));
        object[] arguments = [engine, .. agents.SelectMany(a => new object[] { a.Id, Micros.Of(a.Since) })];
        await db.Database.ExecuteSqlAsync(FormattableStringFactory.Create(
            "INSERT INTO agent_engines (agent_id, since_us, engine) "
            + "SELECT v.column1, CASE WHEN EXISTS (SELECT 1 FROM agent_engines e WHERE e.agent_id = v.column1) THEN v.column2 ELSE 0 END, {0} FROM (VALUES " + values + ") AS v "
            + "WHERE NOT EXISTS (SELECT 1 FROM agent_engines e WHERE e.agent_id = v.column1 AND e.engine = {0} AND e.since_us = (SELECT max(x.since_us) FROM agent_engines x WHERE x.agent_id = v.column1)) "
            + "ON CONFLICT DO NOTHING", arguments), ct);
    }

    /// <summary>Removes what is known of agents that were deleted before a moment, as long ago as minutes are stored. Returns how many rows went.</summary>
    public async Task<long> ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = 0;
        foreach (var gone in (await db.Agents.Where(a => a.DeletedAt < before).Select(a => a.Id).ToListAsync(ct)).Chunk(500))
        {
            rows += await db.Database.ExecuteSqlAsync(FormattableStringFactory.Create(
                $"DELETE FROM agent_engines WHERE agent_id IN ({string.Join(", ", gone.Select((_, i) => $"{{{i}}}"))})", [.. gone.Cast<object>()]), ct);
        }

        return rows;
    }

    /// <summary>Reads them again when there are other ones than before.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var head = await db.Database.SqlQueryRaw<Head>("""SELECT count(*) AS "Rows", coalesce(max(since_us), 0) AS "Latest" FROM agent_engines""").SingleAsync(ct);
        if ((head.Rows, head.Latest) == _read)
        {
            return;
        }

        var rows = await db.Database.SqlQueryRaw<Row>("""SELECT agent_id AS "AgentId", since_us AS "SinceUs", engine AS "Engine" FROM agent_engines ORDER BY since_us""").ToListAsync(ct);
        // The next whole minute: the one of the change holds runs of both.
        _changes = [.. rows.Select(r => (r.AgentId, new AgentEngine(r.Engine, r.SinceUs == 0 ? 0 : (r.SinceUs / 60_000_000) + 1)))];
        _known = _changes.GroupBy(c => c.Agent).ToImmutableDictionary(g => g.Key, g => g.Last().Engine);
        _read = (head.Rows, head.Latest);
    }

    private sealed record Head(long Rows, long Latest);

    private sealed record Row(int AgentId, long SinceUs, string Engine);
}
