using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Embedded;

/// <summary>The agent that comes with the orchestrator, so that a first check has a place to run.</summary>
internal sealed class EmbeddedRunner(
    EmbeddedAgents agents, CatalogKeeper catalog, IServer server, IHostApplicationLifetime lifetime, IOptions<EmbeddedOptions> options, IConfiguration configuration)
    : LeavesFirst
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await catalog.WaitAsync(stoppingToken);
        var grpc = await GrpcAddress.WhenListeningAsync(server, lifetime, stoppingToken);
        var folder = Path.Combine(configuration["Data"] ?? ".", "agent");
        await agents.RunAsync(new EmbeddedPlan("embedded", options.Value.Location, folder, AnyAddress: options.Value.AnyAddress), grpc, stoppingToken);
    }
}
