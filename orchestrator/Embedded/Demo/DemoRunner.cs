using Microsoft.AspNetCore.Hosting.Server;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>The demo: a target, a DNS server and a real agent for each region, and a script by which regions degrade.</summary>
internal sealed class DemoRunner(
    EmbeddedAgents agents, ICatalog catalog, CatalogKeeper keeper, IServer server, IHostApplicationLifetime lifetime,
    IConfiguration configuration, TimeProvider clock, ILoggerFactory logs) : LeavesFirst
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await keeper.WaitAsync(stoppingToken);
        var grpc = await GrpcAddress.WhenListeningAsync(server, lifetime, stoppingToken);

        // 1. What is watched.
        var conditions = new DemoConditions(new Random());
        await using var target = await DemoTarget.StartAsync(conditions, clock, stoppingToken);
        var report = await catalog.ApplyAsync(DemoChecks.Documents(target.Port), dryRun: false, stoppingToken);
        if (report.Errors.Count > 0)
        {
            throw new InvalidOperationException($"the demo's own checks are refused: {report.Errors[0]}");
        }

        // 2. Who watches: each region's agent asks its own region's DNS.
        var names = DemoRegion.All.Select(r => new DemoDns(r, conditions, clock)).ToList();
        var folder = Path.Combine(configuration["Data"] ?? ".", "agents");
        Log.DemoStarted(logs.CreateLogger<DemoRunner>(), $"http://{DemoTarget.Host}:{target.Port}/", string.Join(", ", DemoRegion.All.Select(r => r.City)));
        try
        {
            // 3. What goes wrong.
            await Task.WhenAll(
            [
                .. DemoRegion.All.Zip(names, (region, dns) => agents.RunAsync(
                    new EmbeddedPlan($"demo-{region.Name}", region.Name, Path.Combine(folder, region.Name), dns.EndPoint), grpc, stoppingToken)),
                new DemoScript(conditions, clock, logs.CreateLogger<DemoScript>()).RunAsync(stoppingToken),
            ]);
        }
        finally
        {
            foreach (var dns in names)
            {
                await dns.DisposeAsync();
            }
        }
    }
}
