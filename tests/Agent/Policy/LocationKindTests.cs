using Google.Protobuf;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Tests.Agent.Session;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Agent.Policy;

/// <summary>A whole agent and what its orchestrator tells it: where it is, and what to probe.</summary>
public sealed class LocationKindTests
{
    private static readonly GuardOptions Strict = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("location-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    private static Check Tcp(string name, string host) => RunningAgent.TcpCheck(name, 1) with { Probe = new TcpSpec { Host = host, Port = 1 } };

    private static async Task<IReadOnlyDictionary<string, string>> RefusedAsync(ScriptedSession session, long revision)
    {
        await RunningAgent.Until(() => session.Applied.Any(a => a.Revision == revision), $"revision {revision} is applied");
        return session.Applied.Last(a => a.Revision == revision).Refused.ToDictionary(r => r.Check, r => r.Reason);
    }

    [TestCase(Wire.LocationKind.Unspecified, "inside, loopback, metadata")]
    [TestCase(Wire.LocationKind.Cloud, "inside, loopback, metadata")]
    [TestCase((Wire.LocationKind)99, "inside, loopback, metadata")]
    [TestCase(Wire.LocationKind.Private, "loopback, metadata")]
    public async Task What_is_forbidden_as_it_stands_is_refused_when_it_is_assigned(Wire.LocationKind kind, string refused)
    {
        await using var orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { LocationKind = kind });
        await using var agent = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: Strict);
        var session = await orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, Tcp("metadata", "169.254.169.254"), Tcp("inside", "10.0.0.1"), Tcp("loopback", "127.0.0.1"), Tcp("named", "shop.test"));
        var reasons = await RefusedAsync(session, 1);
        Assert.That(string.Join(", ", reasons.Keys.Order()), Is.EqualTo(refused));
        Assert.That(reasons["metadata"], Does.StartWith("address_refused: 169.254.169.254 is refused (cloud metadata"));
        Assert.That(agent.Keeper.Running, Is.EqualTo(4 - reasons.Count), "the others run");
    }

    [Test]
    public async Task The_kind_is_kept_over_a_restart_without_the_orchestrator()
    {
        await using (var orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { LocationKind = Wire.LocationKind.Private }))
        {
            await using var first = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: Strict);
            var session = await orchestrator.NextSessionAsync();
            await session.SnapshotAsync(1, Tcp("inside", "10.0.0.1"));
            Assert.That(await RefusedAsync(session, 1), Is.Empty);
        }

        var nobody = new Uri($"http://127.0.0.1:{Testing.FreePort.Next()}");
        await using (var again = await RunningAgent.StartAsync(nobody, _folder, guard: Strict))
        {
            await RunningAgent.Until(() => again.Keeper.Running == 1, "the check runs again");
        }

        File.Delete(Path.Combine(_folder, LocationMemory.FileName));
        await using var unknowing = await RunningAgent.StartAsync(nobody, _folder, guard: Strict);
        await RunningAgent.Until(() => unknowing.Keeper.Held.Revision == 1, "the assignment is restored");
        Assert.That(unknowing.Keeper.Running, Is.Zero, "an unknown kind is the stricter");
    }

    [Test]
    public async Task Another_kind_judges_anew_what_is_held()
    {
        var script = new Script { LocationKind = Wire.LocationKind.Cloud };
        await using var orchestrator = await ScriptedOrchestrator.StartAsync(script: script);
        await using var agent = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: Strict);
        var session = await orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, Tcp("inside", "10.0.0.1"));
        Assert.That(await RefusedAsync(session, 1), Has.Count.EqualTo(1));
        foreach (var (kind, running) in new[] { (Wire.LocationKind.Private, 1), (Wire.LocationKind.Cloud, 0) })
        {
            script.LocationKind = kind;
            session.End();
            session = await orchestrator.NextSessionAsync();
            await RunningAgent.Until(() => agent.Keeper.Running == running, $"{running} run");

            // What an orchestrator sends to an agent that holds all there is.
            await session.SendAsync(new Wire.OrchestratorMessage
            {
                Diff = new Wire.Diff { BaseRevision = 1, Revision = 1, Digest = ByteString.CopyFrom(AssignmentDigest.Compute([("inside", 1)])) },
            });
            Assert.That(await RefusedAsync(session, 1), Has.Count.EqualTo(1 - running), "and the orchestrator is told");
        }
    }

    [Test]
    public async Task An_orchestrator_that_was_taken_over_cannot_widen_the_policy()
    {
        var (policy, _) = PolicyFile.Parse("apiVersion: probes/v1\nkind: AgentPolicy\nspec: {location: cloud, targets: {allow: ['*.shop.test']}, kinds: {deny: [dns]}}", "p");
        await using var orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { LocationKind = Wire.LocationKind.Private });
        await using var agent = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: new GuardOptions { Policy = policy! });
        var session = await orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, Tcp("inside", "10.0.0.1"), Tcp("other", "intranet.corp"), Tcp("allowed", "www.shop.test"),
            RunningAgent.TcpCheck("name", 1) with { Probe = new DnsSpec { Name = "a.shop.test" } });
        var reasons = await RefusedAsync(session, 1);
        Assert.That(reasons.Keys.Order(), Is.EqualTo(new[] { "inside", "name", "other" }));
        Assert.That(reasons["name"], Is.EqualTo("policy_denied: this agent's policy forbids it: kind 'dns' is in kinds.deny"));
        Assert.That(reasons["other"], Does.Contain("intranet.corp is not in targets.allow"));
        Assert.That(agent.Keeper.Running, Is.EqualTo(1));
    }

    [Test]
    public async Task A_run_on_demand_is_refused_likewise()
    {
        await using var orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { LocationKind = Wire.LocationKind.Private });
        await using var agent = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: Strict);
        var session = await orchestrator.NextSessionAsync();
        foreach (var (id, host) in new[] { ("written", "169.254.169.254"), ("named", "localhost") })
        {
            var deadline = WireTimes.Us(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30));
            await session.SendAsync(new Wire.OrchestratorMessage { Run = new Wire.RunRequest { Id = id, Check = WireChecks.ToWire(Tcp(id, host)), DeadlineUs = deadline } });
        }

        await RunningAgent.Until(() => session.Updates.Any(u => u.State == Wire.RunState.Done), "the run ends");
        Assert.That(session.Updates.Single(u => u.Id == "written"), Has.Property("State").EqualTo(Wire.RunState.Refused).And.Property("Reason").StartsWith("address_refused"));
        var result = session.Updates.Single(u => u.State == Wire.RunState.Done).Result;
        Assert.That((result.Source, result.Reason), Is.EqualTo((Wire.FailureSource.Agent, "address_refused")));
    }

    [Test]
    public async Task A_refused_run_is_the_agents_fault_and_names_the_rule()
    {
        await using var orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { LocationKind = Wire.LocationKind.Private });
        await using var agent = await RunningAgent.StartAsync(orchestrator.Address, _folder, guard: Strict);
        var session = await orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, Tcp("loopback", "localhost"));
        await RunningAgent.Until(() => !orchestrator.Script.Results.IsEmpty, "a result comes");
        var (_, result) = orchestrator.Script.Results.First();
        Assert.That((result.Source, result.Reason), Is.EqualTo((Wire.FailureSource.Agent, "address_refused")));
        Assert.That(result.Message, Does.Contain("127.0.0.1 is refused (loopback, 127.0.0.0/8)"));
    }
}
