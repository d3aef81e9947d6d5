using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store.Postgres;
using Probes.Orchestrator.Store.Sqlite;

namespace Probes.Orchestrator.Store;

/// <summary>Contexts of the engine that the settings chose.</summary>
internal sealed class ContextFactory(StoreTarget target) : IDbContextFactory<ProbesContext>
{
    private readonly DbContextOptions<SqliteContext>? _sqlite = target.Engine == StoreEngine.Sqlite
        ? new DbContextOptionsBuilder<SqliteContext>().UseSqlite(target.ConnectionString).Options
        : null;

    private readonly DbContextOptions<PostgresContext>? _postgres = target.Engine == StoreEngine.Postgres
        ? new DbContextOptionsBuilder<PostgresContext>().UseNpgsql(target.ConnectionString).Options
        : null;

    public ProbesContext CreateDbContext() => _sqlite is not null ? new SqliteContext(_sqlite) : new PostgresContext(_postgres!);
}
