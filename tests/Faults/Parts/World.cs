using System.Net;
using System.Security.Cryptography;
using System.Text;
using Probes.Faults.Accounting;
using Probes.Tests.Testing;

namespace Probes.Faults.Parts;

/// <summary>A whole Probes of real processes: a broker, a database, two orchestrators behind one address, three agents, and the target outside.</summary>
internal sealed class World : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("probes-faults-").FullName;
    private readonly string _logs;
    private readonly int _checks;
    private readonly IReadOnlyDictionary<string, string>? _quiet;
    private Target? _target;
    private Namespace? _net;
    private string? _disk;

    private World(string logs, int rate, IReadOnlyDictionary<string, string>? quiet)
    {
        (_logs, _checks, _quiet) = (logs, Math.Max(1, rate / 3), quiet);
        Directory.CreateDirectory(logs);
    }

    public HitLog Hits { get; } = new();

    public PostgresNode Database { get; private set; } = null!;

    public RabbitMqNode Broker { get; private set; } = null!;

    public List<Replica> Replicas { get; } = [];

    public List<Worker> Workers { get; } = [];

    public Evidence Evidence { get; private set; } = null!;

    /// <summary>By how many microseconds a moved clock was wrong.</summary>
    public List<long> Shifts { get; } = [];

    /// <summary>The folder of the agent whose disk is small; null where there can be none.</summary>
    public string? SmallDisk => _disk;

    /// <summary>What cannot be done here, and why.</summary>
    public List<string> Cannot { get; } = [];

    public bool HasNamespace => _net is not null;

    public int PerSecond => _checks * Workers.Count;

    /// <param name="logs">Folder for what each process prints.</param>
    /// <param name="rate">Runs a second of all agents together.</param>
    /// <param name="quiet">Settings of the orchestrators when nothing will be done to anyone; no clock can be moved then, as the library for that makes threads spin that wait.</param>
    public static async Task<World> StartAsync(string logs, int rate, IReadOnlyDictionary<string, string>? quiet = null)
    {
        var world = new World(logs, rate, quiet);
        try
        {
            await world.BuildAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>The one that leads; the first when none says so.</summary>
    public async Task<Replica> LeaderAsync()
    {
        foreach (var replica in Replicas)
        {
            if (await replica.LeadsAsync())
            {
                return replica;
            }
        }

        return Replicas[0];
    }

    public static string AgentOf(string check) => check[..check.LastIndexOf('-')];

    /// <summary>Cuts the third agent from everything, target included; false where that cannot be done.</summary>
    public bool CutAll()
    {
        _net?.CutAll();
        return _net is not null;
    }

    /// <summary>Starts the database again after it was killed; what was left of it may take a moment to go.</summary>
    public Task StartDatabaseAsync() => AgainAsync(Database.StartAsync, Database.Kill);

    public Task StartBrokerAsync() => AgainAsync(Broker.StartAsync, Broker.Kill);

    public async Task ReadyAsync()
    {
        for (var i = 0; i < 600; i++)
        {
            var ready = 0;
            foreach (var replica in Replicas)
            {
                ready += await replica.ReadyAsync() ? 1 : 0;
            }

            if (ready == Replicas.Count)
            {
                return;
            }

            await Clock.Wait(0.2);
        }

        throw new TimeoutException("the orchestrators were not ready within two minutes");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in Workers)
        {
            worker.Dispose();
        }

        foreach (var replica in Replicas)
        {
            replica.Dispose();
        }

        if (Broker is not null)
        {
            await Broker.DisposeAsync();
        }

        if (Database is not null)
        {
            ProcessTree.Signal("KILL", Database.Id);
            await Database.DisposeAsync();
        }

        if (_target is not null)
        {
            await _target.DisposeAsync();
        }

        _net?.Dispose();
        if (_disk is not null)
        {
            Shell.Try($"umount {_disk}");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task BuildAsync()
    {
        var database = PostgresNode.StartNewAsync();
        Broker = await RabbitMqNode.StartNewAsync(more: "raft.wal_max_size_bytes = 67108864\n");
        Database = await database;
        Evidence = new Evidence(Database.ConnectionString);
        (_net, var why) = Namespace.Create();
        if (_net is null)
        {
            Cannot.Add($"network namespaces ({why}): the third agent's network is cut by a link that swallows what it gets");
        }

        _target = await Target.StartAsync(Hits, _net is null ? [IPAddress.Loopback] : [IPAddress.Loopback, _net.Probed]);
        var settings = new Dictionary<string, string>
        {
            ["PROBES__STORE__CONNECTIONSTRING"] = Database.ConnectionString,
            ["PROBES__BUS__CONNECTIONSTRING"] = Broker.Uri.ToString(),
            ["PROBES__KEYS__MASTER"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["PROBES__EMBEDDED__ENABLED"] = "false",
            // Runs on demand are stored nowhere, by design: the target would see requests that nobody accounts for.
            ["PROBES__DETECTION__CONFIRMATION__AGENTS"] = "0",
        };
        foreach (var (name, value) in _quiet ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        // One after the other: the first makes the schema.
        for (var i = 1; i <= 2; i++)
        {
            Replicas.Add(new Replica(i, _folder, _logs, settings));
            await ReadyAsync();
        }

        await Replicas[0].PostAsync("/api/v1/apply", Documents(), "application/yaml");
        for (var i = 1; i <= 3; i++)
        {
            await AddWorkerAsync($"agent-{i}", i);
        }
    }

    private async Task AddWorkerAsync(string name, int number)
    {
        var folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(folder);
        if (number == 2)
        {
            var failed = Programs.AsRoot ? Shell.Try($"mount -t tmpfs -o size=4m,mode=700 probes {folder}") : "not root";
            _disk = failed is null ? folder : null;
            if (failed is not null)
            {
                Cannot.Add($"a small disk of its own ({failed}): no full disk");
            }
        }

        var reply = await Replicas[0].PostAsync("/api/v1/tokens", $$"""{"location": "{{name}}"}""", "application/json");
        Workers.Add(new Worker(name, folder, _logs, reply.GetProperty("token").GetString()!, [.. Replicas.Select(r => r.Grpc)], Broker.Uri.Port,
            number == 3 ? _net : null, ownClock: number == 1 && _quiet is null));
    }

    private string Documents()
    {
        var yaml = new StringBuilder();
        for (var i = 1; i <= 3; i++)
        {
            var host = i == 3 && _net is not null ? _net.Probed : IPAddress.Loopback;
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $$"""
                ---
                apiVersion: probes/v1
                kind: Location
                metadata: {name: agent-{{i}}}
                spec: {type: private, region: region-{{i}}}

                """);
            for (var n = 0; n < _checks; n++)
            {
                yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $$"""
                    ---
                    apiVersion: probes/v1
                    kind: Check
                    metadata: {name: agent-{{i}}-{{n}}}
                    spec: {interval: {{Interval.TotalSeconds}}s, timeout: 900ms, locations: [agent-{{i}}], http: {url: "http://{{host}}:{{_target!.Port}}/agent-{{i}}-{{n}}" } }

                    """);
            }
        }

        return yaml.ToString();
    }

    private static async Task AgainAsync(Func<Task> start, Action end)
    {
        for (var left = 5; ; left--)
        {
            try
            {
                await start();
                return;
            }
            catch (InvalidOperationException) when (left > 0)
            {
                end();
                await Clock.Wait(1);
            }
        }
    }
}
