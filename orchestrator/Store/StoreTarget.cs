using Microsoft.Data.Sqlite;
using Npgsql;

namespace Probes.Orchestrator.Store;

internal enum StoreEngine { Sqlite, Postgres }

/// <summary>Where the data is kept.</summary>
/// <param name="Place">For people: a file or a host; never holds a password.</param>
internal sealed record StoreTarget(StoreEngine Engine, string ConnectionString, string Place)
{
    /// <exception cref="FormatException">The connection string is none that an engine understands; the message never repeats it, as it may hold a password.</exception>
    public static StoreTarget From(StoreOptions options)
    {
        var text = options.ConnectionString.Trim();
        try
        {
            if (text.Length == 0)
            {
                return Sqlite(new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.DataFolder, "probes.db") });
            }

            if (text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
            {
                return Postgres(FromUri(new Uri(text)));
            }

            return text.Contains("Host=", StringComparison.OrdinalIgnoreCase) || text.Contains("Server=", StringComparison.OrdinalIgnoreCase)
                ? Postgres(new NpgsqlConnectionStringBuilder(text))
                : Sqlite(new SqliteConnectionStringBuilder(text));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new FormatException(
                "Store:ConnectionString is not understood: leave it empty for SQLite in the data folder, or give "
                + "'Host=...;Database=...;Username=...;Password=...' or 'postgres://user:password@host/database' for PostgreSQL.", e);
        }
    }

    private static StoreTarget Sqlite(SqliteConnectionStringBuilder builder)
    {
        // Writers of other connections hold the file for milliseconds; wait for them rather than fail.
        builder.DefaultTimeout = 30;
        return new StoreTarget(StoreEngine.Sqlite, builder.ConnectionString, $"SQLite file {builder.DataSource}");
    }

    private static StoreTarget Postgres(NpgsqlConnectionStringBuilder builder)
    {
        builder.ApplicationName ??= "probes-orchestrator";
        return new StoreTarget(
            StoreEngine.Postgres, builder.ConnectionString,
            $"PostgreSQL at {builder.Host}:{builder.Port}, database '{builder.Database ?? builder.Username}', user '{builder.Username}'");
    }

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        if (uri.Host.Length == 0)
        {
            throw new FormatException("no host");
        }

        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            Username = Uri.UnescapeDataString(user[0]),
        };
        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var key = parts[0] == "sslmode" ? "SSL Mode" : Uri.UnescapeDataString(parts[0]);
            builder[key] = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]).Replace("-", "", StringComparison.Ordinal) : "true";
        }

        return builder;
    }
}
