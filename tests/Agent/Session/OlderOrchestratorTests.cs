using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Session;

/// <summary>What an orchestrator of version 0.1 says, as it was recorded, to this agent.</summary>
public sealed class OlderOrchestratorTests
{
    [Test]
    public async Task Assignments_of_the_version_before_are_taken_whole_and_as_changes()
    {
        var folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        try
        {
            await using var orchestrator = await ScriptedOrchestrator.StartAsync();
            await using var agent = await RunningAgent.StartAsync(orchestrator.Address, Path.Combine(folder, "agent"));
            var session = await orchestrator.NextSessionAsync();
            await SendAsync(session, "orchestrator/snapshot-part");
            await SendAsync(session, "orchestrator/snapshot-end");
            await Until(() => session.Applied.Any(a => a is { Revision: 7, Refused.Count: 0 }), "the snapshot");
            Assert.That(agent.Keeper.Held.Checks.Keys, Is.EquivalentTo(new[] { "certificate", "names" }));
            await SendAsync(session, "orchestrator/diff");
            await Until(() => session.Applied.Any(a => a is { Revision: 8, Refused.Count: 0 }) && agent.Keeper.Running == 3, "the diff, in force at once");
            Assert.That(agent.Keeper.Held.Checks.Keys, Is.EquivalentTo(new[] { "names", "port", "web" }));
            await SendAsync(session, "orchestrator/heartbeat-reply");
            await SendAsync(session, "orchestrator/drain");
            await Until(() => agent.Keeper.Running == 0, "the drain");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task SendAsync(ScriptedSession session, string name) =>
        session.SendAsync(OrchestratorMessage.Parser.ParseFrom(Recorded.Of01(name)));
}
