using System.Text;
using Npgsql;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Advisory locks: the first number says what kind, the second which one.</summary>
internal static class PostgresLocks
{
    public const int Schema = 0x50_52_01;
    public const int Agent = 0x50_52_02;
    public const int RollUp = 0x50_52_03;
    public const int Singleton = 0x50_52_04;

    /// <summary>Held by the session until disposed; null when another session holds it.</summary>
    public static async Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource source, string name, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1, $2)", connection)
            {
                Parameters = { new() { Value = Singleton }, new() { Value = Number(name) } },
            };
            if (await command.ExecuteScalarAsync(ct) is true)
            {
                return new Held(connection, Number(name));
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static int Number(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 16777619u;
        }

        return (int)hash;
    }

    private sealed class Held(NpgsqlConnection connection, int number) : IAsyncDisposable
    {
        private bool _released;

        public async ValueTask DisposeAsync()
        {
            if (_released)
            {
                return;
            }

            _released = true;
            try
            {
                await using var command = new NpgsqlCommand("SELECT pg_advisory_unlock($1, $2)", connection)
                {
                    Parameters = { new() { Value = Singleton }, new() { Value = number } },
                };
                await command.ExecuteNonQueryAsync();
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
            {
                // The session is lost, and the lock went with it.
            }

            await connection.DisposeAsync();
        }
    }
}
