using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Probes.Orchestrator.Store.Sqlite;

public sealed class SqliteContext(DbContextOptions<SqliteContext> options) : ProbesContext(options)
{
    // SQLite has no time type; as text EF can neither order nor compare it.
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMicros>();

    private sealed class UnixMicros() : ValueConverter<DateTimeOffset, long>(time => Micros.Of(time), micros => Micros.ToTime(micros));
}

/// <summary>Lets <c>dotnet ef migrations add NAME --context SqliteContext -o Store/Sqlite/Migrations</c> work without a host.</summary>
internal sealed class SqliteDesign : IDesignTimeDbContextFactory<SqliteContext>
{
    public SqliteContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteContext>().UseSqlite("Data Source=design.db").Options);
}
