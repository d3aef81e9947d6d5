using System.Diagnostics.Metrics;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Ingest;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Orchestrator.Ingest;

/// <summary>The ingest room as it runs in the orchestrator, over a store and a catalog in memory. "Bearer " + agent id signs in.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private IngestHost(WebApplication app)
    {
        _app = app;
        Counts = new IngestCounts(app.Services.GetRequiredService<IMeterFactory>());
    }

    public FakeStore Store { get; private init; } = null!;

    public IngestCounts Counts { get; }

    public static async Task<IngestHost> StartAsync(Uri? broker, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(
            [new("Bus:ConnectionString", broker?.ToString()), .. settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))]);
        builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(0 + Testing.FreePort.Next(), l => l.Protocols = HttpProtocols.Http2));
        var store = new FakeStore();
        builder.Services.AddSingleton<IResultStore>(store);
        builder.Services.AddSingleton<ICatalog, FakeCatalog>();
        builder.Services.AddSingleton<CurrentFences>(_ => ValueTask.FromResult(FenceSet.Empty));
        builder.Services.AddSingleton<IAgentAuthenticator, FakeAuthenticator>();
        builder.AddIngest();
        var app = builder.Build();
        app.MapIngest();
        var host = new IngestHost(app) { Store = store };
        await app.StartAsync();
        return host;
    }

    public async Task<HealthReport> HealthAsync() =>
        await _app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(r => r.Tags.Contains("ready"));

    public Task ReadyAsync(TimeSpan? within = null) => Testing.Poll.UntilAsync(
        async () => (await HealthAsync()).Status == HealthStatus.Healthy, within ?? TimeSpan.FromSeconds(60), "the bus is ready");

    public ResultRelay.ResultRelayClient Relay()
    {
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ResultRelay.ResultRelayClient(GrpcChannel.ForAddress(address));
    }

    public async ValueTask DisposeAsync()
    {
        Counts.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class FakeAuthenticator(ICatalog catalog) : IAgentAuthenticator
    {
        public CatalogAgent? Authenticate(string? authorization) =>
            AuthenticateCredential(authorization?.Replace("Bearer ", ""));

        public CatalogAgent? AuthenticateCredential(string? credential) => catalog.Current.AgentsByPublicId.GetValueOrDefault(credential ?? "");

        public bool HasLapsed(string publicId) => false;

        public void Forget(string publicId)
        {
        }

        public byte[]? KeyOf(string publicId) => null;
    }
}
