using Microsoft.Data.Sqlite;

namespace Probes.Orchestrator.Store.Sqlite;

/// <summary>
/// One connection that writes, under a lock, and pooled ones that read; in WAL mode neither waits for the other.
/// Commits are synced to disk (synchronous=FULL): a batch is acknowledged after its commit, so a power cut must not undo it.
/// Grouped transactions make the sync cheap.
/// </summary>
internal sealed class SqliteDatabase(StoreTarget target) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private SqliteConnection? _writer;

    /// <summary>Runs in one transaction that commits unless <paramref name="work"/> throws.</summary>
    public async Task<T> WriteAsync<T>(Func<Transaction, T> work, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Write(work), ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs on a pooled connection, away from the caller's thread: SQLite's calls block.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> work, CancellationToken ct) => Task.Run(
        () =>
        {
            using var connection = new SqliteConnection(target.ConnectionString);
            connection.Open();
            return work(connection);
        },
        ct);

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _writer?.Dispose();
        _writing.Dispose();
    }

    private T Write<T>(Func<Transaction, T> work)
    {
        _writer ??= OpenWriter();
        using var transaction = _writer.BeginTransaction();
        var result = work(new Transaction(this, transaction));
        transaction.Commit();
        return result;
    }

    private SqliteConnection OpenWriter()
    {
        var connection = new SqliteConnection(target.ConnectionString);
        connection.Open();
        using var pragmas = connection.CreateCommand();
        pragmas.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000;";
        pragmas.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A running transaction; hands out prepared commands that are kept for the next one.</summary>
    internal readonly struct Transaction(SqliteDatabase database, SqliteTransaction transaction)
    {
        /// <summary>The command with parameters $0, $1, ... up to <paramref name="parameters"/>.</summary>
        public SqliteCommand Command(string sql, int parameters)
        {
            if (!database._commands.TryGetValue(sql, out var command))
            {
                command = transaction.Connection!.CreateCommand();
                command.CommandText = sql;
                for (var i = 0; i < parameters; i++)
                {
                    command.Parameters.Add(new SqliteParameter($"${i}", null));
                }

                database._commands.Add(sql, command);
            }

            command.Transaction = transaction;
            return command;
        }

        public int Execute(string sql, params ReadOnlySpan<object> values) => Bind(sql, values).ExecuteNonQuery();

        public SqliteDataReader Query(string sql, params ReadOnlySpan<object> values) => Bind(sql, values).ExecuteReader();

        private SqliteCommand Bind(string sql, ReadOnlySpan<object> values)
        {
            var command = Command(sql, values.Length);
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i];
            }

            return command;
        }
    }
}
