using System.Net;
using System.Net.Sockets;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Embedded;

public sealed class EmbeddedTests
{
    [Test]
    public async Task With_no_settings_one_embedded_agent_runs_a_check_that_is_applied_and_its_results_are_stored()
    {
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Embedded:Enabled", "true"));
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop") with
        {
            Interval = TimeSpan.FromSeconds(1),
            Timeout = TimeSpan.FromSeconds(1),
            Probe = new TcpSpec { Host = "127.0.0.1", Port = ((IPEndPoint)target.LocalEndpoint).Port },
        });
        var page = await Poll.UntilAsync(async () => await orchestrator.Get<IResultStore>().ReadResultsAsync(new ResultQuery(), CancellationToken.None) is
        { Items.Count: > 1 } some ? some : null, TimeSpan.FromSeconds(30), "results are stored");
        var agent = orchestrator.Get<IAgentRegistry>().Agents().Single();
        Assert.That((agent.Location, agent.Online), Is.EqualTo(("local", true)));
        Assert.That(page.Items.Select(r => r.Result.Check), Is.All.EqualTo("shop"));
        Assert.That(page.Items.Select(r => r.AgentId), Is.All.EqualTo(agent.Id));
    }
}
