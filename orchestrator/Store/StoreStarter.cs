using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Probes.Orchestrator.Store;

/// <summary>Brings the schema up to date at start; while the engine does not answer, says why and tries again.</summary>
internal sealed class StoreStarter(
    StoreTarget target, IDbContextFactory<ProbesContext> contexts, StoreReady ready, TimeProvider time, ILogger<StoreStarter> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private FileStream? _file;

    public override void Dispose()
    {
        base.Dispose();
        _file?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var random = new Random();
        var wait = TimeSpan.FromSeconds(1);
        while (await TryOpenAsync(stoppingToken) is { } reason)
        {
            ready.Fail(reason);
            var jittered = wait * (0.5 + random.NextDouble() / 2);
            Log.NotReady(logger, reason, jittered.TotalSeconds);
            await Task.Delay(jittered, time, stoppingToken);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }

        ready.Succeed();
        Log.Ready(logger, target.Place);
    }

    /// <summary>Null when the schema is up to date; else what is wrong, for people.</summary>
    internal async Task<string?> TryOpenAsync(CancellationToken ct)
    {
        try
        {
            await MigrateAsync(ct);
            return null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested
            && e is DbException or IOException or UnauthorizedAccessException or InvalidOperationException or TimeoutException)
        {
            var hint = target.Engine == StoreEngine.Postgres
                ? "Check that the server runs and is reachable from here, and that user, password and database are right (Store:ConnectionString)."
                : "Check that the folder exists or may be made, is writable and has space (Data, Store:ConnectionString).";
            return $"{target.Place} cannot be used: {Root(e)} {hint}";
        }
    }

    private async Task MigrateAsync(CancellationToken ct)
    {
        if (target.Engine == StoreEngine.Sqlite
            && Path.GetDirectoryName(new SqliteConnectionStringBuilder(target.ConnectionString).DataSource) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            TakeFile();
        }

        await using var context = contexts.CreateDbContext();
        await context.Database.MigrateAsync(ct);
        await context.Database.ExecuteSqlRawAsync(target.Engine == StoreEngine.Postgres ? Postgres.Migrations.MaintenanceTables.Create : Sqlite.Migrations.MaintenanceTables.Create, ct);
    }

    // SQLite is for one orchestrator: two would each believe to lead, and count what the other stores as its own.
    private void TakeFile()
    {
        if (_file is not null)
        {
            return;
        }

        var path = new SqliteConnectionStringBuilder(target.ConnectionString).DataSource + ".lock";
        try
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new IOException("Another orchestrator runs on it. Stop that one, give this one a data folder of its own (--data), or move both to PostgreSQL (Store:ConnectionString).");
        }
    }

    private static string Root(Exception e)
    {
        var text = e.GetBaseException().Message.TrimEnd();
        return text.EndsWith('.') ? text : text + ".";
    }
}
