using Grpc.Core;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

public sealed class LocationKindTests
{
    [Test]
    public async Task An_agent_is_told_the_kind_of_its_location_and_connects_again_when_that_changes()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Sessions:HeartbeatSeconds", "1"));
        await DefineAsync(orchestrator, LocationType.Private);
        var (_, credential) = await orchestrator.EnrolAsync("site");
        using (var agent = await TestAgent.ConnectAsync(orchestrator, credential, beating: TimeSpan.FromMilliseconds(300)))
        {
            Assert.That(agent.Welcome!.LocationKind, Is.EqualTo(Wire.LocationKind.Private));
            await DefineAsync(orchestrator, LocationType.Cloud);
            var end = Assert.ThrowsAsync<RpcException>(async () =>
            {
                while (true)
                {
                    await agent.NextAsync();
                }
            });
            Assert.That(end!.StatusCode, Is.EqualTo(StatusCode.Unavailable), "connect again");
        }

        using var again = await TestAgent.ConnectAsync(orchestrator, credential);
        Assert.That(again.Welcome!.LocationKind, Is.EqualTo(Wire.LocationKind.Cloud));
    }

    private static async Task DefineAsync(RunningOrchestrator orchestrator, LocationType type)
    {
        var report = await orchestrator.Catalog.ApplyAsync(new DocumentSet([], [new Location { Name = "site", Type = type }], []), false, CancellationToken.None);
        Assert.That(report.Errors, Is.Empty);
    }
}
