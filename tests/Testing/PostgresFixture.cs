using Npgsql;
using Testcontainers.PostgreSql;

namespace Probes.Tests.Testing;

/// <summary>
/// One real PostgreSQL server for the whole test run: the one in <c>PROBES_TEST_POSTGRES</c> (a connection string whose user may make
/// databases), else an installed one on a scratch port, else a container. Without any of them the test fails; it never skips.
/// </summary>
internal static class PostgresFixture
{
    private static readonly Lazy<Task<string>> Shared = new(StartAsync);

    /// <summary>Connection string of a new and empty database.</summary>
    public static async Task<string> NewDatabaseAsync()
    {
        var server = await Shared.Value;
        var name = $"probes_test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    /// <summary>Drops a database that <see cref="NewDatabaseAsync"/> gave, whoever is still connected.</summary>
    public static async Task DropAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(await Shared.Value);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand(
            $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("PROBES_TEST_POSTGRES") is { Length: > 0 } given)
        {
            await using var connection = new NpgsqlConnection(given);
            await connection.OpenAsync();
            Tell("given", connection.ServerVersion);
            return given;
        }

        if (PostgresNode.Programs is not null)
        {
            var node = await PostgresNode.StartNewAsync("fsync=off", "max_connections=300");
            AppDomain.CurrentDomain.ProcessExit += (_, _) => node.DisposeAsync().AsTask().Wait();
            Tell("installed", node.Version);
            return node.ConnectionString;
        }

        try
        {
            var container = new PostgreSqlBuilder("postgres:17-alpine").Build();
            await container.StartAsync();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => container.DisposeAsync().AsTask().Wait();
            Tell("container", "17");
            return container.GetConnectionString();
        }
        catch (Exception error)
        {
            throw new AssertionException(
                "These tests need a PostgreSQL server: set PROBES_TEST_POSTGRES, install postgresql, or start Docker. " + error.Message);
        }
    }

    private static void Tell(string how, string version) => TestContext.Progress.WriteLine($"PostgreSQL {version} ({how})");
}
