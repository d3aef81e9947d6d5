using Probes.Agent.Run;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Session;

public sealed class OnDemandRunTests
{
    private string _folder = "";
    private ScriptedOrchestrator _orchestrator = null!;
    private RunningAgent _agent = null!;
    private ScriptedSession _session = null!;

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        _orchestrator = await ScriptedOrchestrator.StartAsync();
        _agent = await RunningAgent.StartAsync(_orchestrator.Address, Path.Combine(_folder, "agent"));
        _session = await _orchestrator.NextSessionAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _agent.DisposeAsync();
        await _orchestrator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task It_is_accepted_run_and_answered_on_the_session_alone()
    {
        Assert.That(_session.Hello.Capabilities, Does.Contain(Capabilities.OnDemand));
        await AskAsync("one", TimeSpan.FromSeconds(10));
        await Until(() => Update("one", RunState.Done) is not null, "the result");
        Assert.That(Update("one", RunState.Accepted), Is.Not.Null);
        Assert.That(Update("one", RunState.Done)!.Result.Status, Is.EqualTo(RunStatus.Passed));
        Assert.That(_orchestrator.Script.Results, Is.Empty, "nothing was spooled");
        Assert.That(_agent.Keeper.Held.Revision, Is.Zero, "nothing was assigned");
    }

    [Test]
    public async Task A_stale_one_one_too_far_ahead_and_one_without_an_id_are_refused_with_the_reason()
    {
        await AskAsync("stale", TimeSpan.FromSeconds(-2));
        await AskAsync("far", TimeSpan.FromHours(1));
        await AskAsync("", TimeSpan.FromSeconds(10));
        await Until(() => _session.Updates.Count == 3, "three answers");
        Assert.That(Update("stale", RunState.Refused)!.Reason, Does.Contain("its deadline was"));
        Assert.That(Update("far", RunState.Refused)!.Reason, Does.Contain("ahead"));
        Assert.That(Update("", RunState.Refused)!.Reason, Does.Contain("id"));
    }

    [Test]
    public async Task A_replayed_one_runs_once()
    {
        await AskAsync("again", TimeSpan.FromSeconds(20));
        await AskAsync("again", TimeSpan.FromSeconds(20));
        await Until(() => _session.Updates.Count == 3, "an acknowledgement, a refusal and a result");
        Assert.That(Update("again", RunState.Refused)!.Reason, Does.Contain("asked for before"));
        Assert.That(_session.Updates.Count(u => u.State == RunState.Done), Is.EqualTo(1));
    }

    [Test]
    public async Task More_than_its_places_are_refused_and_a_kind_it_lacks_too()
    {
        var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        try
        {
            var slow = TcpCheck("slow", ((System.Net.IPEndPoint)silent.LocalEndpoint).Port) with
            {
                Interval = TimeSpan.FromSeconds(10),
                Timeout = TimeSpan.FromSeconds(5),
                Probe = new TcpSpec { Host = "127.0.0.1", Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port, Expect = new byte[] { 1 } },
            };
            for (var i = 0; i <= OnDemandRuns.MostAtOnce; i++)
            {
                await AskAsync($"slow-{i}", TimeSpan.FromSeconds(10), WireChecks.ToWire(slow));
            }

            await Until(() => _session.Updates.Any(u => u.State == RunState.Refused), "one is refused");
            Assert.That(_session.Updates.Single(u => u.State == RunState.Refused).Reason, Does.Contain("under way already"));
            await AskAsync("newer", TimeSpan.FromSeconds(10), new CheckSpec { Name = "newer", Revision = 1, IntervalUs = 1_000_000, TimeoutUs = 500_000 });
            await Until(() => Update("newer", RunState.Refused) is not null, "the kind is refused");
        }
        finally
        {
            silent.Stop();
        }
    }

    private Task AskAsync(string id, TimeSpan ahead, CheckSpec? check = null) => _session.SendAsync(new OrchestratorMessage
    {
        Run = new RunRequest
        {
            Id = id,
            Check = check ?? WireChecks.ToWire(TcpCheck("open", _orchestrator.Port)),
            DeadlineUs = WireTimes.Us(TimeProvider.System.GetUtcNow() + ahead),
        },
    });

    private RunUpdate? Update(string id, RunState state) => _session.Updates.FirstOrDefault(u => u.Id == id && u.State == state);
}
