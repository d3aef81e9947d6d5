using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Probes.Tests.Testing;

/// <summary>A broker of one's own: the installed RabbitMQ on scratch loopback ports and a scratch folder, ended by process id.</summary>
internal sealed class RabbitMqNode : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server"];

    private const string Password = "test-password";

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("probes-rabbitmq-").FullName;
    private readonly int _port = FreePort.Next();
    private readonly int _distribution = FreePort.Next();
    private readonly int _epmdPort = FreePort.Next();
    private Process? _epmd;
    private Process? _server;

    private readonly int _managementPort = FreePort.Next();
    private readonly Uri? _auth;
    private readonly string _shipped;
    private readonly string _more;

    private RabbitMqNode(string program, Uri? auth, string shipped, string more) =>
        (_program, _auth, _shipped, _more) = (program, auth, shipped, more.Replace("{tls}", $"{TlsPort}", StringComparison.Ordinal));

    public int TlsPort { get; } = FreePort.Next();

    /// <summary>For the orchestrator.</summary>
    public Uri Uri => _auth is null ? new($"amqp://guest:guest@127.0.0.1:{_port}/") : new($"amqp://probes-orchestrator:{Password}@127.0.0.1:{_port}/probes");

    /// <summary>For agents that have identities of their own.</summary>
    public Uri AgentUri => new($"amqp://127.0.0.1:{_port}/probes");

    /// <summary>Only with the shipped configuration.</summary>
    public Uri ManagementUri => new($"http://probes-revoker:{Password}@127.0.0.1:{_managementPort}");

    public string Version { get; private set; } = "";

    /// <summary>Process id of the broker, whose own are below it; 0 while it does not run.</summary>
    public int Id => _server?.Id ?? 0;

    /// <summary>Null when no broker is installed here.</summary>
    public static string? Program => Array.Find(Programs, File.Exists);

    /// <param name="auth">Where it asks about agents; null: nowhere.</param>
    /// <param name="shipped">Folder of the configuration to run with then: deploy/rabbitmq.</param>
    /// <param name="more">Lines to add to its configuration; <c>{tls}</c> is <see cref="TlsPort"/>.</param>
    public static async Task<RabbitMqNode> StartNewAsync(Uri? auth = null, string shipped = "", string more = "")
    {
        var node = new RabbitMqNode(Program ?? throw new InvalidOperationException("no rabbitmq-server is installed here"), auth, shipped, more);
        try
        {
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
        await ConfigureAsync();
        _epmd ??= Start("epmd", ["-port", $"{_epmdPort}", "-address", "127.0.0.1"]);
        _server = Start(_program, []);
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync();
                Version = connection.ServerProperties?["version"] is byte[] version ? Encoding.UTF8.GetString(version) : "?";
                return;
            }
            catch (Exception error) when (error is BrokerUnreachableException or OperationInterruptedException or IOException)
            {
                if (_server.HasExited || clock.Elapsed > TimeSpan.FromSeconds(120))
                {
                    throw new InvalidOperationException($"RabbitMQ did not start: {error.Message}\n{Output()}");
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private async Task ConfigureAsync()
    {
        var (plugins, conf) = ("[].", "vm_memory_high_watermark.relative = 0.3\ndisk_free_limit.absolute = 50MB\n" + _more);
        if (_auth is not null)
        {
            var definitions = Path.Combine(_folder, "definitions.json");
            plugins = await File.ReadAllTextAsync(Path.Combine(_shipped, "enabled_plugins"));
            conf += (await File.ReadAllTextAsync(Path.Combine(_shipped, "rabbitmq.conf")))
                .Replace("http://127.0.0.1:5082/", _auth.ToString(), StringComparison.Ordinal)
                .Replace("/etc/rabbitmq/definitions.json", definitions, StringComparison.Ordinal)
                + $"\nmanagement.tcp.port = {_managementPort}\nmanagement.tcp.ip = 127.0.0.1\n";
            await File.WriteAllTextAsync(definitions, (await File.ReadAllTextAsync(Path.Combine(_shipped, "definitions.json")))
                .Replace("\"password_hash\": \"\"", $"\"password_hash\": \"{Hash(Password)}\"", StringComparison.Ordinal));
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "enabled_plugins"), plugins);
        await File.WriteAllTextAsync(Path.Combine(_folder, "rabbitmq.conf"), conf);
    }

    /// <summary>As the broker hashes passwords: four bytes of salt, then SHA-256 over salt and password.</summary>
    private static string Hash(string password)
    {
        byte[] salt = [1, 2, 3, 4];
        return Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
    }

    /// <summary>Stops the broker as an operator would; its data stay for the next start.</summary>
    public async Task StopAsync()
    {
        var pid = (await File.ReadAllTextAsync(Path.Combine(_folder, "pid"))).Trim();
        using var term = Process.Start("/bin/sh", ["-c", $"kill -TERM {pid}"]);
        await term.WaitForExitAsync();
        if (_server is { } server)
        {
            await server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }

        Kill();
    }

    /// <summary>What the broker's own tool says, line by line.</summary>
    public Task<string[]> ControlAsync(params string[] arguments) => RabbitMqControl.RunAsync(_program, Settings(), arguments);

    /// <summary>Ends the broker at once, as a crash would; its data stay for the next start.</summary>
    public void Kill() => End(ref _server);

    public ValueTask DisposeAsync()
    {
        // epmd first, which no one else ends: at the end of a test run there may be no time to wait for the broker's end.
        End(ref _epmd);
        Kill();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static void End(ref Process? process)
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process?.Dispose();
        process = null;
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = _folder, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");

        // When the test run ends without disposing of it, its standard input ends, and the one who reads that ends it and what is below it.
        start.ArgumentList.Add("exec 3<&0; (cat <&3 > /dev/null; (kill -KILL $(cat /proc/$$/task/$$/children) $$; true); true) & exec 3<&-; "
            + $"exec {program} {string.Join(' ', arguments)} < /dev/null >> {_folder}/output.txt 2>&1");
        foreach (var (name, value) in Settings())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    private Dictionary<string, string> Settings() => new()
    {
        ["HOME"] = _folder,
        ["ERL_EPMD_PORT"] = $"{_epmdPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODENAME"] = $"probes-{_port}@localhost",
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = $"{_port}",
        ["RABBITMQ_DIST_PORT"] = $"{_distribution}",
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "none"),
        ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
    };

    private string Output()
    {
        var path = Path.Combine(_folder, "output.txt");
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(40)) : "";
    }
}
