using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>A whole Probes as users run it: one orchestrator process and agents as processes of their own.</summary>
internal sealed class ProbesSystem : IAsyncDisposable
{
    private readonly List<ProductProcess> _agents = [];
    private readonly string _http;
    private readonly string _grpc;

    private ProbesSystem(string folder, IReadOnlyDictionary<string, string> environment)
    {
        Folder = folder;
        _http = $"http://127.0.0.1:{FreePort.Next()}";
        GrpcPort = FreePort.Next();
        AgentsGoTo = _grpc = $"http://127.0.0.1:{GrpcPort}";
        Orchestrator = ProductProcess.Start("orchestrator", folder, ["--data", Data, "--http", _http, "--grpc", _grpc], environment);
        Api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(_http) };
    }

    public string Folder { get; }

    public ProductProcess Orchestrator { get; }

    public IReadOnlyList<ProductProcess> Agents => _agents;

    public HttpClient Api { get; }

    public int GrpcPort { get; }

    /// <summary>The address that agents started from now on are given; another than the orchestrator's own where several stand behind one.</summary>
    public string AgentsGoTo { get; set; }

    private string Data => Path.Combine(Folder, "data");

    public static async Task<ProbesSystem> StartAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        var settings = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["PROBES__EMBEDDED__ENABLED"] = "false" };
        var system = new ProbesSystem(Directory.CreateTempSubdirectory("probes-e2e-").FullName, settings);
        try
        {
            await Poll.UntilAsync(
                async () => !system.Orchestrator.HasExited && (await system.Api.GetAsync("/readyz")).IsSuccessStatusCode, TimeSpan.FromSeconds(60), "the orchestrator is ready");
            var file = Path.Combine(system.Data, "admin.key");
            await Poll.UntilAsync(() => Task.FromResult(File.Exists(file) && new FileInfo(file).Length > 0), TimeSpan.FromSeconds(30), "the administrator's key is written");
            var key = (await File.ReadAllTextAsync(file)).Trim();
            system.Api.DefaultRequestHeaders.Add("Authorization", $"Bearer {key}");
            return system;
        }
        catch (Exception e)
        {
            var output = system.Orchestrator.Output;
            await system.DisposeAsync();
            throw new AssertionException($"{e.Message}\n{output}", e);
        }
    }

    /// <summary>Applies documents through the command line, as an operator would.</summary>
    public async Task<(int ExitCode, string Output)> ApplyAsync(string yaml, params string[] more)
    {
        var file = Path.Combine(Folder, "checks.yaml");
        await File.WriteAllTextAsync(file, yaml);
        return await CommandAsync(["apply", "-f", file, .. more]);
    }

    /// <summary>A command of the orchestrator's, with its key.</summary>
    public Task<(int ExitCode, string Output)> CommandAsync(params string[] arguments) =>
        ProductProcess.RunAsync("orchestrator", Folder, [.. arguments, "--url", _http, "--data", Data]);

    public async Task<string> TokenAsync(string location)
    {
        var reply = await Api.PostAsJsonAsync("/api/v1/tokens", new { location });
        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.Created).Or.EqualTo(HttpStatusCode.OK), await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    public async Task<ProductProcess> StartAgentAsync(string location, string name, params string[] more)
    {
        var agent = ProductProcess.Start("agent", Folder,
            ["run", "--orchestrator", AgentsGoTo, "--token", await TokenAsync(location), "--name", name, "--data", Path.Combine(Folder, location.Contains('/', StringComparison.Ordinal) ? location.Replace('/', '-') + name : name), "--allow-cidr", "127.0.0.0/8", .. more]);
        _agents.Add(agent);
        return agent;
    }

    public async Task<JsonElement> GetAsync(string path) => await Api.GetFromJsonAsync<JsonElement>(path);

    /// <summary>Everything every process printed, for a failing test to show.</summary>
    public string Outputs() =>
        string.Join('\n', _agents.Select((a, i) => $"--- agent {i}\n{a.Output}").Prepend($"--- orchestrator\n{Orchestrator.Output}"));

    public ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            agent.Dispose();
        }

        Orchestrator.Dispose();
        Api.Dispose();
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
