using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>An empty store of either engine, with its schema; gone afterwards.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable
{
    private readonly string? _folder;
    private readonly List<IResultStore> _opened = [];

    private StoreUnderTest(StoreTarget target, TimeProvider time, string? folder)
    {
        (Target, Time, _folder) = (target, time, folder);
        Contexts = new ContextFactory(target);
        Store = Open();
    }

    public StoreTarget Target { get; }

    public TimeProvider Time { get; }

    public ITierStore Tiers => ((ITiered)Store).Tiers;

    public IDbContextFactory<ProbesContext> Contexts { get; }

    public IResultStore Store { get; }

    /// <param name="engine">"sqlite" or "postgres".</param>
    /// <param name="time">Default: the system's.</param>
    public static async Task<StoreUnderTest> CreateAsync(string engine, TimeProvider? time = null)
    {
        var made = await NewAsync(engine, time);
        await using var context = made.Contexts.CreateDbContext();
        await context.Database.MigrateAsync();
        return made;
    }

    /// <summary>Whatever the script makes, which may be an older schema.</summary>
    public static async Task<StoreUnderTest> OfScriptAsync(string engine, string sql, TimeProvider time)
    {
        var made = await NewAsync(engine, time);
        await using var context = made.Contexts.CreateDbContext();
        var connection = context.Database.GetDbConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
        Npgsql.NpgsqlConnection.ClearAllPools();
        return made;
    }

    private static async Task<StoreUnderTest> NewAsync(string engine, TimeProvider? time)
    {
        var folder = engine == "sqlite" ? Directory.CreateTempSubdirectory("probes-store-").FullName : null;
        var options = new StoreOptions { ConnectionString = folder is null ? await PostgresFixture.NewDatabaseAsync() : "", DataFolder = folder ?? "" };
        return new StoreUnderTest(StoreTarget.From(options), time ?? TimeProvider.System, folder);
    }

    /// <summary>Another store on the same database, as a second orchestrator has.</summary>
    public IResultStore Open()
    {
        var store = StoreServices.Open(Target, Time);
        _opened.Add(store);
        return store;
    }

    /// <summary>Ends one that <see cref="Open"/> gave, with its connections, as the end of its orchestrator does.</summary>
    public void Close(IResultStore store)
    {
        _opened.Remove(store);
        ((IDisposable)store).Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(s => ((IDisposable)s).Dispose());
        if (_folder is null)
        {
            Npgsql.NpgsqlConnection.ClearAllPools();
            await PostgresFixture.DropAsync(Target.ConnectionString);
        }
        else
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
