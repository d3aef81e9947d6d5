using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

/// <summary>What an agent of version 0.1 says, as it was recorded, to this orchestrator.</summary>
public sealed class OlderAgentTests
{
    [Test]
    public async Task An_agent_of_the_version_before_gets_its_checks_unsigned_and_is_shown_as_degraded()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("web"), RunningOrchestrator.TcpCheck("names"));
        var (id, credential) = await orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(orchestrator, credential, hello: Message("agent/hello").Hello);
        Assert.That(agent.Welcome!.Location, Is.EqualTo("local"));
        var snapshot = (await agent.NextAsync()).Snapshot;
        Assert.That(snapshot.Checks.Select(c => c.Name), Is.EquivalentTo(new[] { "web", "names" }));

        await agent.SendAsync(Message("agent/heartbeat"));
        Assert.That((await agent.NextAsync()).HeartbeatReply.EchoSentAtUs, Is.EqualTo(1_795_000_000_000_000));
        await agent.SendAsync(Message("agent/applied"));
        await Poll.UntilAsync(() => Task.FromResult(Status(orchestrator, id).AppliedRevision == 7), TimeSpan.FromSeconds(5), "its acknowledgement");
        var status = Status(orchestrator, id);
        Assert.That((status.Version, status.RunsExecuted, status.SpoolDepth, status.Capacity), Is.EqualTo(("0.1.0", 1000L, 6L, 0.0)));
        Assert.That(status.LastError, Does.Contain("names: this agent has no probe for kind 'dns'"));
        Assert.That(status.Degraded, Does.Contain("does not know signed").And.Contain("effective-time").And.Contain("on-demand"));
    }

    [Test]
    public void What_this_orchestrator_adds_is_nothing_that_an_older_agent_trips_over()
    {
        // The fields that 0.1 knows have kept their numbers and types; what is new it skips.
        var welcome = new Wire.Welcome { AgentId = "a", Name = "n", Location = "l", Region = "r", HeartbeatUs = 5, Capabilities = { "signed" }, LocationKind = Wire.LocationKind.Private };
        var old = Message01("orchestrator/welcome").Welcome;
        (old.AgentId, old.Name, old.Location, old.Region, old.HeartbeatUs, old.Publish) = ("a", "n", "l", "r", 5, null);
        var bytes = Google.Protobuf.MessageExtensions.ToByteArray(welcome);
        Assert.That(bytes.AsSpan().StartsWith(Google.Protobuf.MessageExtensions.ToByteArray(old)), Is.True);
    }

    private static AgentStatus Status(RunningOrchestrator orchestrator, string id) => orchestrator.Get<IAgentRegistry>().Agents().Single(a => a.PublicId == id);

    private static Wire.AgentMessage Message(string name) => Wire.AgentMessage.Parser.ParseFrom(Recorded.Of01(name));

    private static Wire.OrchestratorMessage Message01(string name) => Wire.OrchestratorMessage.Parser.ParseFrom(Recorded.Of01(name));
}
