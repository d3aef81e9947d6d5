using Microsoft.Data.Sqlite;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>The result store on SQLite.</summary>
internal sealed class SqliteStore(StoreTarget target, TimeProvider time) : IResultStore, ITiered, IDisposable
{
    /// <summary>Rows deleted in one transaction, so that writers wait for milliseconds only.</summary>
    private const int ExpireChunk = 20_000;

    private readonly SqliteDatabase _database = new(target);

    public ITierStore Tiers => new SqliteTiers(_database);

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) =>
        new SqliteIntake(_database, time).StoreAsync(batches, ct);

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => new SqliteRollups(_database).ReadDirtyAsync(limit, ct);

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => new SqliteRollups(_database).RollUpAsync(keys, ct);

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        RollupRows.ReadAsync(visit => VisitRollupsAsync(checkId, from, to, visit, ct));

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        RollupRows.ReadAsync(visit => VisitRollupsAsync(from, to, visit, ct));

    public Task VisitRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        new SqliteRollups(_database).VisitAsync(checkId, from, to, visit, ct);

    public Task VisitRollupsAsync(DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        new SqliteRollups(_database).VisitAsync(null, from, to, visit, ct);

    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct) => new SqliteResults(_database).ReadAsync(query, ct);

    public Task VisitNewestAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct) =>
        new SqliteNewest(_database).VisitAsync(pairs, minute, most, visit, ct);

    public Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct) => _database.WriteAsync(
        tx =>
        {
            tx.Execute(
                "INSERT INTO dead_letters (at_us, source, reason, size, body) VALUES ($0, $1, $2, $3, $4)",
                Micros.Of(letter.At), letter.Source, letter.Reason, letter.Size, DeadLetters.Cut(letter.Body));
            tx.Execute("DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - $0", DeadLetters.Most);
            return tx.Execute(DeadLetters.TooMuch.Replace("{0}", "$0", StringComparison.Ordinal), DeadLetters.MostInAll);
        },
        ct);

    public Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct) => _database.ReadAsync<IReadOnlyList<DeadLetter>>(
        connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT id, at_us, source, reason, size, body FROM dead_letters ORDER BY id DESC LIMIT $0";
            command.Parameters.AddWithValue("$0", limit);
            using var row = command.ExecuteReader();
            var letters = new List<DeadLetter>();
            while (row.Read())
            {
                letters.Add(new DeadLetter(
                    row.GetInt64(0), Micros.ToTime(row.GetInt64(1)), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetFieldValue<byte[]>(5)));
            }

            return letters;
        },
        ct);

    public async Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct)
    {
        var results = Micros.MinuteOf(Micros.Of(resultsBefore));
        var rollups = Micros.MinuteOf(Micros.Of(rollupsBefore));
        long gone = await DeleteAsync(
            "results", "minute, check_id, agent_id, due_us, sequence, epoch",
            "SELECT minute, check_id, agent_id, due_us, sequence, epoch FROM results WHERE minute < $0 LIMIT $1", results, ct);
        gone += await DeleteAsync(
            "rollups", "check_id, minute, agent_id", "SELECT check_id, minute, agent_id FROM rollups WHERE minute < $0 LIMIT $1", rollups, ct);
        await _database.WriteAsync(
            tx =>
            {
                tx.Execute("DELETE FROM dirty_minutes WHERE minute < $0", results);
                tx.Execute("DELETE FROM stored_ranges WHERE updated_minute < $0", rollups);
                return tx.Execute("DELETE FROM dead_letters WHERE at_us < $0", Micros.Of(resultsBefore));
            },
            ct);
        return gone;
    }

    public async Task<bool> PingAsync(CancellationToken ct)
    {
        try
        {
            return await _database.ReadAsync(
                connection =>
                {
                    using var command = connection.CreateCommand();
                    command.CommandText = "SELECT count(*) FROM results WHERE minute < 0";
                    return command.ExecuteScalar() is not null;
                },
                ct);
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public void Dispose() => _database.Dispose();

    private async Task<long> DeleteAsync(string table, string key, string keys, long before, CancellationToken ct)
    {
        long gone = 0;
        int deleted;
        do
        {
            deleted = await _database.WriteAsync(tx => tx.Execute($"DELETE FROM {table} WHERE ({key}) IN ({keys})", before, ExpireChunk), ct);
            gone += deleted;
        }
        while (deleted == ExpireChunk);
        return gone;
    }
}
