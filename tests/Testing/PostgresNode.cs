using System.Diagnostics;
using Npgsql;

namespace Probes.Tests.Testing;

/// <summary>A PostgreSQL server of one's own: the installed one on a scratch loopback port and a scratch folder, ended by process id.</summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    private readonly string _bin;
    private readonly string[] _settings;
    private readonly string _folder = Directory.CreateTempSubdirectory("probes-postgres-").FullName;
    private readonly int _port = FreePort.Next();
    private Process? _server;

    private PostgresNode(string bin, string[] settings) => (_bin, _settings) = (bin, settings);

    public string Version { get; private set; } = "";

    /// <summary>Process id of the server; 0 while it does not run.</summary>
    public int Id => _server?.Id ?? 0;

    /// <summary>To the maintenance database, as a user who may make others.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Database=postgres;Username=probes;Password=probes;Include Error Detail=true";

    /// <summary>Folder of the programs; null when no server is installed here.</summary>
    public static string? Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0)
            .Select(d => Path.Combine(d, "bin")).FirstOrDefault(b => File.Exists(Path.Combine(b, "initdb")))
        : null;

    /// <param name="settings">Such as <c>fsync=off</c>.</param>
    public static async Task<PostgresNode> StartNewAsync(params string[] settings)
    {
        var node = new PostgresNode(Programs ?? throw new InvalidOperationException("no PostgreSQL server is installed here"), settings);
        try
        {
            await node.InitializeAsync();
            await node.StartAsync();
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }

        return node;
    }

    public async Task StartAsync()
    {
        var settings = string.Concat(_settings.Select(s => $" -c {s}"));
        _server = Shell($"exec {AsOther}{_bin}/postgres -D {_folder}/data -p {_port} -h 127.0.0.1 -k {_folder}{settings} >> {_folder}/output.txt 2>&1");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync();
                Version = connection.ServerVersion;
                return;
            }
            catch (NpgsqlException error)
            {
                if (_server.HasExited || clock.Elapsed > TimeSpan.FromSeconds(60))
                {
                    throw new InvalidOperationException($"PostgreSQL did not start: {error.Message}\n{Output()}");
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>Ends the server at once; its data stay for the next start.</summary>
    public void Kill()
    {
        if (_server is { HasExited: false })
        {
            // "Immediate shutdown": the server ends its children too.
            using var kill = Process.Start("kill", ["-QUIT", $"{_server.Id}"]);
            if (!_server.WaitForExit(10_000))
            {
                _server.Kill(entireProcessTree: true);
                _server.WaitForExit();
            }
        }

        _server?.Dispose();
        _server = null;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    // The server refuses to run as root.
    private static string AsOther => Environment.UserName == "root" ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";

    private async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "password"), "probes");
        var owner = AsOther.Length > 0 ? $"chown -R postgres {_folder} && " : "";
        using var init = Shell(
            $"{owner}{AsOther}{_bin}/initdb -D {_folder}/data -U probes -A scram-sha-256 --pwfile={_folder}/password -E UTF8 --locale=C --no-sync >> {_folder}/output.txt 2>&1");
        await init.WaitForExitAsync();
        if (init.ExitCode != 0)
        {
            throw new InvalidOperationException($"initdb failed:\n{Output()}");
        }
    }

    private Process Shell(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = _folder, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        return Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start");
    }

    private string Output()
    {
        var path = Path.Combine(_folder, "output.txt");
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(40)) : "";
    }
}
