using Npgsql;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>The result store on PostgreSQL.</summary>
internal sealed class PostgresStore : IResultStore, ITiered, IAsyncDisposable, IDisposable
{
    /// <summary>Marks older than this are of an orchestrator that died, or is so slow that others may do its work: its own tries come within 5 s.</summary>
    internal static readonly TimeSpan LeftAfter = TimeSpan.FromSeconds(20);

    private readonly NpgsqlDataSource _source;
    private readonly PostgresPartitions _days;
    private readonly PostgresPartitions _rollupDays;
    private readonly PostgresIntake _intake;
    private readonly PostgresRollups _rollups;
    private readonly PostgresFlush _flush;
    private readonly PostgresResults _results;

    public PostgresStore(StoreTarget target, TimeProvider time)
    {
        var settings = new NpgsqlConnectionStringBuilder(target.ConnectionString);
        if (settings.MaxAutoPrepare == 0)
        {
            settings.MaxAutoPrepare = 50;
        }

        _source = NpgsqlDataSource.Create(settings);
        var pending = new PendingRuns();
        _days = new PostgresPartitions(_source, "results");
        _rollupDays = new PostgresPartitions(_source, "rollups");
        _intake = new PostgresIntake(_source, _days, pending, time);
        _flush = new PostgresFlush(_source, _rollupDays, pending);
        _rollups = new PostgresRollups(_source, _rollupDays);
        _results = new PostgresResults(_source);
        Tiers = new PostgresTiers(_source);
    }

    public ITierStore Tiers { get; }

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) => _intake.StoreAsync(batches, ct);

    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => _rollups.ReadDirtyAsync(limit, TimeSpan.Zero, ct);

    public Task<IReadOnlyList<RollupKey>> ReadLeftAsync(int limit, CancellationToken ct) => _rollups.ReadDirtyAsync(limit, LeftAfter, ct);

    public Task<IReadOnlyCollection<RollupKey>> FlushAsync(CancellationToken ct) => _flush.FlushAsync(ct);

    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => _rollups.RollUpAsync(keys, ct);

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        RollupRows.ReadAsync(visit => VisitRollupsAsync(checkId, from, to, visit, ct));

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        RollupRows.ReadAsync(visit => VisitRollupsAsync(from, to, visit, ct));

    public Task VisitRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        _rollups.VisitAsync(checkId, from, to, visit, ct);

    public Task VisitRollupsAsync(DateTimeOffset from, DateTimeOffset to, RollupVisitor visit, CancellationToken ct) =>
        _rollups.VisitAsync(null, from, to, visit, ct);

    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct) => _results.ReadAsync(query, ct);

    public Task VisitNewestAsync(IReadOnlyList<NewestOf> pairs, DateTimeOffset minute, int most, Action<StoredResult> visit, CancellationToken ct) =>
        new PostgresNewest(_source).VisitAsync(pairs, minute, most, visit, ct);

    public async Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct)
    {
        await using var insert = _source.CreateCommand("""
            WITH added AS (INSERT INTO dead_letters (at_us, source, reason, size, body) VALUES ($1, $2, $3, $4, $5) RETURNING id)
            DELETE FROM dead_letters WHERE id <= (SELECT id FROM added) - $6
            """);
        insert.Parameters.Add(new() { Value = Micros.Of(letter.At) });
        insert.Parameters.Add(new() { Value = letter.Source.Replace('\0', ' ') });
        insert.Parameters.Add(new() { Value = letter.Reason.Replace('\0', ' ') });
        insert.Parameters.Add(new() { Value = letter.Size });
        insert.Parameters.Add(new() { Value = DeadLetters.Cut(letter.Body) });
        insert.Parameters.Add(new() { Value = (long)DeadLetters.Most });
        await insert.ExecuteNonQueryAsync(ct);
        await using var bound = _source.CreateCommand(DeadLetters.TooMuch.Replace("{0}", "$1", StringComparison.Ordinal));
        bound.Parameters.Add(new() { Value = DeadLetters.MostInAll });
        await bound.ExecuteNonQueryAsync(ct);
    }

    public async Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct)
    {
        await using var command = _source.CreateCommand("SELECT id, at_us, source, reason, size, body FROM dead_letters ORDER BY id DESC LIMIT $1");
        command.Parameters.Add(new() { Value = limit });
        await using var row = await command.ExecuteReaderAsync(ct);
        var letters = new List<DeadLetter>();
        while (await row.ReadAsync(ct))
        {
            letters.Add(new DeadLetter(
                row.GetInt64(0), Micros.ToTime(row.GetInt64(1)), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetFieldValue<byte[]>(5)));
        }

        return letters;
    }

    public async Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct)
    {
        var results = Micros.MinuteOf(Micros.Of(resultsBefore));
        var rollups = Micros.MinuteOf(Micros.Of(rollupsBefore));
        var gone = await _days.ExpireAsync(results, ct) + await _rollupDays.ExpireAsync(rollups, ct);
        await DeleteAsync("dirty_marks WHERE minute < $1", results, ct);
        await DeleteAsync("pending_marks WHERE minute < $1", results, ct);
        await DeleteAsync("stored_ranges WHERE updated_minute < $1", rollups, ct);
        await DeleteAsync("dead_letters WHERE at_us < $1 * 60000000::bigint", results, ct);
        return gone;
    }

    public async Task<bool> PingAsync(CancellationToken ct)
    {
        try
        {
            await using var command = _source.CreateCommand("SELECT 1");
            command.CommandTimeout = 5;
            return await command.ExecuteScalarAsync(ct) is not null;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    public void Dispose() => _source.Dispose();

    private async Task<int> DeleteAsync(string what, long before, CancellationToken ct)
    {
        await using var command = _source.CreateCommand("DELETE FROM " + what);
        command.Parameters.Add(new() { Value = (int)before });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
