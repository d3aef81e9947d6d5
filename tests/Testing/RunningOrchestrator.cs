using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Signing;
using Root = Probes.Orchestrator.Program;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Testing;

/// <summary>The whole orchestrator in this process, on free ports and a folder of its own, without an embedded agent unless asked for.</summary>
internal sealed class RunningOrchestrator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _data;

    private RunningOrchestrator(WebApplication app, string data, string adminKey)
    {
        (_app, _data, AdminKey) = (app, data, adminKey);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        (Http, Grpc) = (new Uri(addresses[0]), new Uri(addresses[1]));
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public string AdminKey { get; }

    public string Data => _data;

    public IServiceProvider Services => _app.Services;

    public ICatalog Catalog => Get<ICatalog>();

    public static async Task<RunningOrchestrator> StartAsync(params (string Key, string Value)[] settings)
    {
        var data = Directory.CreateTempSubdirectory("probes-").FullName;
        var flags = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Data"] = data,
            ["Http:Url"] = "http://127.0.0.1:0",
            ["Grpc:Url"] = "http://127.0.0.1:0",
            ["Embedded:Enabled"] = "false",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in settings)
        {
            flags[key] = value;
        }

        var app = Root.Build(Settings.CreateBuilder(flags));
        await app.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var key1 = await app.Services.GetRequiredService<AdminKey>().GetAsync(deadline.Token);
        await app.Services.GetRequiredService<CatalogKeeper>().WaitAsync(deadline.Token);
        var signing = app.Services.GetRequiredService<SigningKeys>();
        await Poll.UntilAsync(() => Task.FromResult(signing.Current is not null || signing.Trouble.Length > 0), TimeSpan.FromSeconds(30), "the signing key");
        return new RunningOrchestrator(app, data, key1);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="key">Sent as a bearer key; null: a stranger.</param>
    public HttpClient Client(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Http };
        if (key is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        }

        return client;
    }

    public GrpcChannel Channel() => GrpcChannel.ForAddress(Grpc);

    public async Task<(string PublicId, string Credential)> EnrolAsync(string location, string name = "agent")
    {
        var (_, token) = await Get<TokenService>().CreateAsync(location, 1, null, CancellationToken.None);
        using var key = new TestAgentKey();
        var enrolled = await Get<Enroller>().EnrolAsync(key.Wish(token, name), CancellationToken.None);
        return (enrolled.Agent!.PublicId, enrolled.Credential);
    }

    public async Task ApplyAsync(params Check[] checks)
    {
        var report = await Catalog.ApplyAsync(new DocumentSet(checks, [], []), false, CancellationToken.None);
        Assert.That(report.Errors, Is.Empty);
    }

    public Task<CatalogAgent?> ChangeAsync(string idOrName, AgentChange change) =>
        Get<AgentSwitch>().ChangeAsync(idOrName, change, Caller.System("test"), CancellationToken.None);

    public static Check TcpCheck(string name, params string[] locations) =>
        new() { Name = name, Locations = locations, Probe = new TcpSpec { Host = "shop.example.com", Port = 443 } };

    public static AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.OrchestratorMessage> Connect(GrpcChannel channel, string credential) =>
        new Wire.AgentSession.AgentSessionClient(channel).Connect(new Metadata { { "authorization", $"Bearer {credential}" } });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
