using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Probes.Agent;
using Probes.Agent.Run;
using Probes.Agent.Session;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Session;

/// <summary>A whole agent against an orchestrator on a real socket that misbehaves in each way there is.</summary>
public sealed class SessionTests
{
    private string _folder = "";
    private ScriptedOrchestrator _orchestrator = null!;

    private string Data => Path.Combine(_folder, "agent");

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        _orchestrator = await ScriptedOrchestrator.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _orchestrator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_agent_enrols_once_runs_its_checks_and_delivers_results()
    {
        await using (var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data))
        {
            var session = await _orchestrator.NextSessionAsync();
            Assert.That(session.Authorization, Is.EqualTo("Bearer secret-1"));
            Assert.That(session.Hello.Revision, Is.Zero);
            Assert.That(session.Hello.Kinds, Is.SupersetOf(new[] { "http", "dns", "tcp", "tls" }));
            await session.SnapshotAsync(7, TcpCheck("open", _orchestrator.Port), TcpCheck("shut", FreePort.Next()));
            await Until(() => session.Applied.Any(a => a.Revision == 7), "applied");
            await Until(() => Statuses("open").Contains(RunStatus.Passed) && Statuses("shut").Contains(RunStatus.Failed), "results of both");
            await Until(() => session.Heartbeats.Any(h => h is { Checks: 2, Revision: 7, RunsExecuted: > 0 }), "heartbeats that prove work");
        }

        await using var again = await RunningAgent.StartAsync(_orchestrator.Address, Data, token: "");
        Assert.That((await _orchestrator.NextSessionAsync()).Hello.Revision, Is.EqualTo(7));
        Assert.That(_orchestrator.Script.Enrolments, Has.Count.EqualTo(1));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(Path.Combine(Data, "identity.json")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Checks_that_cannot_be_run_are_refused_by_name_and_the_others_run()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        var good = TcpCheck("good", _orchestrator.Port);
        var snapshot = ScriptedSession.Whole(1, good);
        snapshot.Checks.Add(new CheckSpec { Name = "newer", Revision = 1, IntervalUs = 1_000_000, TimeoutUs = 500_000 });
        snapshot.Digest = ByteString.CopyFrom(AssignmentDigest.Compute([("good", 1), ("newer", 1)]));
        await session.SendAsync(new OrchestratorMessage { Snapshot = snapshot });
        await Until(() => session.Applied.Any(a => a.Refused.Count == 1 && a.Refused[0].Check == "newer"), "the refusal");
        await Until(() => Statuses("good").Contains(RunStatus.Passed), "results of the good one");
    }

    [Test]
    public async Task A_cut_off_snapshot_deletes_nothing()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, TcpCheck("kept", _orchestrator.Port));
        await Until(() => agent.Keeper.Running == 1, "one check");
        await session.SendAsync(new OrchestratorMessage { Snapshot = new Snapshot { Revision = 2 } });
        session.End();
        var next = await _orchestrator.NextSessionAsync();
        Assert.That(next.Hello.Revision, Is.EqualTo(1));
        Assert.That(agent.Keeper.Running, Is.EqualTo(1));
    }

    [Test]
    public async Task An_empty_snapshot_without_its_digest_deletes_nothing_and_one_with_it_does()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, TcpCheck("kept", _orchestrator.Port));
        await Until(() => agent.Keeper.Running == 1, "one check");
        await session.SendAsync(new OrchestratorMessage { Snapshot = new Snapshot { Revision = 2, End = true } });
        var next = await _orchestrator.NextSessionAsync();
        Assert.That(next.Hello.Revision, Is.Zero, "it asks for everything");
        Assert.That(agent.Keeper.Running, Is.EqualTo(1));
        await next.SnapshotAsync(3);
        await Until(() => agent.Keeper.Running == 0, "no checks");
    }

    [Test]
    public async Task A_diff_on_another_base_makes_it_ask_for_everything()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        var kept = TcpCheck("kept", _orchestrator.Port);
        await session.SnapshotAsync(5, kept);
        await session.SendAsync(new OrchestratorMessage
        {
            Diff = new Diff { BaseRevision = 4, Revision = 6, Deletes = { "kept" }, Digest = ScriptedSession.DigestOf() },
        });
        var next = await _orchestrator.NextSessionAsync();
        Assert.That(next.Hello.Revision, Is.Zero);
        await Until(() => agent.Keeper.Running == 1, "what it holds goes on");
        var added = TcpCheck("added", _orchestrator.Port);
        await next.SnapshotAsync(6, kept);
        await next.SendAsync(new OrchestratorMessage
        {
            Diff = new Diff { BaseRevision = 6, Revision = 8, Upserts = { WireChecks.ToWire(added) }, Digest = ScriptedSession.DigestOf(kept, added) },
        });
        await Until(() => next.Applied.Any(a => a.Revision == 8) && agent.Keeper.Running == 2, "the diff");
    }

    [Test]
    public async Task A_clean_end_and_unanswered_heartbeats_are_disconnects()
    {
        _orchestrator.Script.AnswerHeartbeats = false;
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var silent = await _orchestrator.NextSessionAsync();
        var second = await _orchestrator.NextSessionAsync();
        Assert.That(second.Hello.InstanceId, Is.EqualTo(silent.Hello.InstanceId));
        _orchestrator.Script.AnswerHeartbeats = true;
        second.End();
        await _orchestrator.NextSessionAsync();
    }

    [TestCase(StatusCode.Unauthenticated)]
    [TestCase(StatusCode.PermissionDenied)]
    public async Task A_refused_identity_stops_probing_and_the_host(StatusCode code)
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, TcpCheck("c", _orchestrator.Port));
        await Until(() => agent.Keeper.Running == 1, "one check");
        _orchestrator.Script.RefuseSession = new Status(code, "the agent was disabled");
        session.End();
        var stopping = agent.Host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await Until(() => stopping.IsCancellationRequested, "the stop");
        Assert.That(agent.Exit.Code, Is.EqualTo(ExitCodes.IdentityRefused));
        Assert.That(agent.Exit.Reason, Does.Contain("the agent was disabled"));
        Assert.That(agent.Keeper.Running, Is.Zero);
    }

    [Test]
    public async Task A_refused_token_stops_the_host_and_says_why()
    {
        _orchestrator.Script.RefuseEnrolment = new Status(StatusCode.PermissionDenied, "the enrolment token has expired; create another");
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        await Until(() => agent.Exit.Code == ExitCodes.BadInput, "the stop");
        Assert.That(agent.Exit.Reason, Does.Contain("has expired"));
    }

    [Test]
    public async Task Without_token_and_identity_it_says_what_to_give()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data, token: "");
        await Until(() => agent.Exit.Code == ExitCodes.BadInput, "the stop");
        Assert.That(agent.Exit.Reason, Does.Contain("--token"));
    }

    [Test]
    public async Task Results_of_a_machine_an_hour_off_are_due_by_the_orchestrators_clock()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data, time: new SkewedTime(TimeSpan.FromHours(1)));
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(1, TcpCheck("c", _orchestrator.Port));
        await Until(() => _orchestrator.Script.Results.Count >= 2, "results");
        var now = WireTimes.Us(TimeProvider.System.GetUtcNow());
        foreach (var (_, result) in _orchestrator.Script.Results)
        {
            Assert.That(result.DueUs, Is.InRange(now - 30_000_000, now + 1_000_000));
            Assert.That(result.Status, Is.EqualTo(RunStatus.Passed));
        }

        Assert.That(agent.Clock.Offset.TotalSeconds, Is.EqualTo(-3600).Within(0.5));
        await Until(() => session.Heartbeats.Any(h => Math.Abs(h.ClockOffsetUs + 3_600_000_000) < 500_000), "the offset in a heartbeat");
    }

    [Test]
    public async Task The_last_assignment_runs_on_after_a_restart_without_the_orchestrator()
    {
        await using (var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data))
        {
            var session = await _orchestrator.NextSessionAsync();
            await session.SnapshotAsync(3, TcpCheck("c", FreePort.Next()));
            await Until(() => !session.Applied.IsEmpty, "applied");
        }

        await _orchestrator.DisposeAsync();
        var before = WireTimes.Us(TimeProvider.System.GetUtcNow());
        await using var alone = await RunningAgent.StartAsync(_orchestrator.Address, Data, token: "");
        await Until(() => alone.Host.Services.GetRequiredService<RunCounters>().Executed >= 2, "runs without an orchestrator");

        _orchestrator = await ScriptedOrchestrator.StartAsync(_orchestrator.Port);
        await Until(() => _orchestrator.Script.Results.Count(r => r.Result.DueUs > before) >= 2, "their results, once it is back");
    }

    [Test]
    public async Task A_damaged_assignment_is_ignored_and_asked_for_anew()
    {
        await using (var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data))
        {
            var session = await _orchestrator.NextSessionAsync();
            await session.SnapshotAsync(3, TcpCheck("c", _orchestrator.Port));
            await Until(() => !session.Applied.IsEmpty, "applied");
        }

        var file = Path.Combine(Data, AssignmentFile.FileName);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await using var again = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        Assert.That((await _orchestrator.NextSessionAsync()).Hello.Revision, Is.Zero);
        Assert.That(again.Host.Services.GetRequiredService<AssignmentFile>().Corrupt, Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_agent_on_the_same_folder_is_refused()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var refused = Assert.ThrowsAsync<AgentStopException>(() => RunningAgent.StartAsync(_orchestrator.Address, Data));
        Assert.That(refused!.Message, Does.Contain("another agent runs on the data folder"));
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput));
    }

    [Test]
    public async Task An_unreadable_identity_says_what_to_do()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, IdentityFile.FileName), "{", Encoding.UTF8);
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        await Until(() => agent.Exit.Code == ExitCodes.BadInput, "the stop");
        Assert.That(agent.Exit.Reason, Does.Contain("enrol again"));
    }

    [Test]
    public async Task A_drain_stops_new_work()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, Data);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(3, TcpCheck("c", _orchestrator.Port));
        await Until(() => !_orchestrator.Script.Results.IsEmpty, "results");
        await session.SendAsync(new OrchestratorMessage { Drain = new Drain { Reason = "moving" } });
        await Until(() => agent.Keeper.Running == 0, "no new work");
    }

    private IEnumerable<RunStatus> Statuses(string check) =>
        _orchestrator.Script.Results.Where(r => r.Check == check).Select(r => r.Result.Status);

    private sealed class SkewedTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
