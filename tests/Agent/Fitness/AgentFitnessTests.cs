using Probes.Agent.Fitness;
using Probes.Tests.Agent.Session;
using Probes.Tests.Testing;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Fitness;

/// <summary>A whole agent and an orchestrator that follows a script.</summary>
public sealed class AgentFitnessTests
{
    private ScriptedOrchestrator _orchestrator = null!;
    private string _data = "";

    [SetUp]
    public async Task SetUp()
    {
        _orchestrator = await ScriptedOrchestrator.StartAsync();
        _data = Directory.CreateTempSubdirectory("probes-agent-").FullName;
    }

    [TearDown]
    public async Task TearDown()
    {
        await _orchestrator.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Test]
    public async Task A_machine_an_hour_off_says_so_in_its_heartbeats_and_marks_its_results()
    {
        await using var agent = await StartAsync(_orchestrator.Address, _data, time: new Skewed(TimeSpan.FromHours(1)));
        var session = await _orchestrator.NextSessionAsync();
        Assert.That(session.Hello.Capabilities, Does.Contain("fitness"));
        await session.SnapshotAsync(1, TcpCheck("c", _orchestrator.Port));
        await Until(() => session.Heartbeats.Any(h => h.Unfit.Any(u => u is { What: Sides.Clock, Detail: "the clock is 3600 s ahead of the orchestrator's" })), "unfit in a heartbeat");
        await Until(() => _orchestrator.Script.Results.Any(r => r.Result.Unfit == Sides.Clock), "a marked result");
    }

    [Test]
    public async Task A_healthy_agent_marks_nothing_though_a_target_is_dead_and_the_orchestrator_goes_away_for_a_while()
    {
        await using var agent = await StartAsync(_orchestrator.Address, _data);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, TcpCheck("alive", _orchestrator.Port), TcpCheck("dead", FreePort.Next()));
        await Until(() => _orchestrator.Script.Results.Any(r => r.Check == "dead"), "the dead target's result");
        session.End();
        session = await _orchestrator.NextSessionAsync();
        var before = _orchestrator.Script.Results.Count;
        await Until(() => _orchestrator.Script.Results.Skip(before).Count(r => r.Check == "dead") >= 3, "more of them");
        Assert.That(_orchestrator.Script.Results.Where(r => r.Check == "dead").Select(r => (r.Result.Unfit, r.Result.Reason)), Is.All.EqualTo(("", "connect_refused")));
        Assert.That(session.Heartbeats.SelectMany(h => h.Unfit.Select(u => u.What)), Has.None.EqualTo(Sides.Link).And.None.EqualTo(Sides.Resolver).And.None.EqualTo(Sides.Clock));
    }

    /// <summary>The machine's clock is off; the monotonic one is not.</summary>
    private sealed class Skewed(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
