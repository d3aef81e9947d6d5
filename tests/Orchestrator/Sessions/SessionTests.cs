using Grpc.Core;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

public sealed class SessionTests
{
    private RunningOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync(
        ("Sessions:HeartbeatSeconds", "0.5"), ("Sessions:GraceSeconds", "0.5"));

    [TearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task A_new_agent_is_welcomed_and_gets_a_whole_snapshot_whose_digest_fits()
    {
        await _orchestrator.ApplyAsync([.. Enumerable.Range(0, AssignmentMessages.MaxChecks + 1).Select(i => RunningOrchestrator.TcpCheck($"check-{i}"))]);
        var (id, credential) = await _orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential);
        Assert.That(agent.Welcome!.AgentId, Is.EqualTo(id));
        Assert.That(agent.Welcome.Location, Is.EqualTo("local"));
        Assert.That(agent.Welcome.Publish.KindCase, Is.EqualTo(Wire.PublishTarget.KindOneofCase.Relay));

        var parts = new List<Wire.Snapshot>();
        do
        {
            parts.Add((await agent.NextAsync()).Snapshot);
        }
        while (!parts[^1].End);

        Assert.That(parts, Has.Count.EqualTo(2));
        Assert.That(parts.Select(p => p.Revision), Is.All.EqualTo(parts[0].Revision));
        var all = parts.SelectMany(p => p.Checks).ToList();
        Assert.That(all, Has.Count.EqualTo(AssignmentMessages.MaxChecks + 1));
        Assert.That(parts[^1].Digest.ToByteArray(), Is.EqualTo(AssignmentDigest.Compute(all.Select(c => (c.Name, c.Revision)))));
    }

    [Test]
    public async Task A_change_comes_as_a_diff_against_what_the_agent_has()
    {
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("a"), RunningOrchestrator.TcpCheck("b"));
        var (_, credential) = await _orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential);
        var snapshot = (await agent.NextAsync()).Snapshot;

        await _orchestrator.Catalog.DeleteCheckAsync("a", CancellationToken.None);
        var diff = (await agent.NextAsync()).Diff;
        Assert.That(diff.BaseRevision, Is.EqualTo(snapshot.Revision));
        Assert.That(diff.Revision, Is.GreaterThan(snapshot.Revision));
        Assert.That(diff.Deletes, Is.EqualTo(new[] { "a" }));
        Assert.That(diff.Upserts, Is.Empty);
        Assert.That(diff.Digest.ToByteArray(), Is.EqualTo(AssignmentDigest.Compute([("b", 1)])));
    }

    [Test]
    public async Task An_agent_that_comes_back_with_its_revision_gets_a_diff_and_with_an_unknown_one_a_snapshot()
    {
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("a"));
        var (_, credential) = await _orchestrator.EnrolAsync("local");
        long revision;
        using (var first = await TestAgent.ConnectAsync(_orchestrator, credential))
        {
            revision = (await first.NextAsync()).Snapshot.Revision;
        }

        using (var second = await TestAgent.ConnectAsync(_orchestrator, credential, revision: revision))
        {
            Assert.That((await second.NextAsync()).Diff?.BaseRevision, Is.EqualTo(revision));
        }

        var ahead = revision + 1_000_000_000;
        using var third = await TestAgent.ConnectAsync(_orchestrator, credential, revision: ahead);
        var snapshot = (await third.NextAsync()).Snapshot;
        Assert.That(snapshot?.Revision, Is.GreaterThan(ahead));
        Assert.That(snapshot!.Checks, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Checks_of_an_agent_that_falls_silent_go_to_the_others_of_its_location()
    {
        await _orchestrator.ApplyAsync([.. Enumerable.Range(0, 20).Select(i => RunningOrchestrator.TcpCheck($"check-{i}"))]);
        var (_, one) = await _orchestrator.EnrolAsync("local");
        var (_, two) = await _orchestrator.EnrolAsync("local");
        using var silent = await TestAgent.ConnectAsync(_orchestrator, one);
        Assert.That((await silent.NextAsync()).Snapshot.Checks, Has.Count.EqualTo(20));
        using var alive = await TestAgent.ConnectAsync(_orchestrator, two, beating: TimeSpan.FromMilliseconds(100));
        var share = (await alive.NextAsync()).Snapshot.Checks.Count;
        Assert.That(share, Is.InRange(1, 19));

        var takeover = (await alive.NextAsync()).Diff;
        Assert.That(takeover.Upserts, Has.Count.EqualTo(20 - share));
        var cut = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await silent.NextAsync();
            }
        });
        Assert.That(cut!.StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }

    [Test]
    public async Task A_second_process_with_the_same_identity_is_refused_and_shown()
    {
        var (id, credential) = await _orchestrator.EnrolAsync("local");
        using var first = await TestAgent.ConnectAsync(_orchestrator, credential, beating: TimeSpan.FromMilliseconds(100));
        await first.NextAsync();
        var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(_orchestrator, credential));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.AlreadyExists));
        var status = Registry.Agents().Single(a => a.PublicId == id);
        Assert.That(status.Online, Is.True);
        Assert.That(status.LastError, Does.Contain("second process"));
    }

    [Test]
    public async Task The_same_process_takes_over_its_own_older_session()
    {
        var (_, credential) = await _orchestrator.EnrolAsync("local");
        using var older = await TestAgent.ConnectAsync(_orchestrator, credential, instance: "one");
        using var newer = await TestAgent.ConnectAsync(_orchestrator, credential, instance: "one");
        Assert.That(newer.Welcome, Is.Not.Null);
        Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await older.NextAsync();
            }
        });
    }

    [Test]
    public async Task Heartbeats_are_answered_with_our_times_and_shown_in_the_registry()
    {
        var (id, credential) = await _orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential);
        await agent.NextAsync();
        await agent.SendAsync(new Wire.AgentMessage
        {
            Heartbeat = new Wire.Heartbeat { SentAtUs = 42, Checks = 3, RunsExecuted = 7, ClockOffsetUs = 5_000, SpoolDepth = 9 },
        });
        var reply = (await agent.NextAsync()).HeartbeatReply;
        Assert.That(reply.EchoSentAtUs, Is.EqualTo(42));
        Assert.That(reply.RepliedAtUs, Is.GreaterThanOrEqualTo(reply.ReceivedAtUs));
        var status = Registry.Agents().Single(a => a.PublicId == id);
        Assert.That((status.RunningChecks, status.RunsExecuted, status.SpoolDepth, status.ClockOffset.TotalMilliseconds), Is.EqualTo((3, 7L, 9L, 5.0)));
        Assert.That(status.Transport, Is.EqualTo("relay"));
    }

    [Test]
    public async Task What_an_agent_refuses_to_run_is_shown()
    {
        var (id, credential) = await _orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential);
        var revision = (await agent.NextAsync()).Snapshot.Revision;
        var applied = new Wire.Applied { Revision = revision };
        applied.Refused.Add(new Wire.RefusedCheck { Check = "shop", Reason = "no such kind" });
        await agent.SendAsync(new Wire.AgentMessage { Applied = applied });
        await Poll.UntilAsync(() => Task.FromResult(Registry.Agents().Single(a => a.PublicId == id) is
        { LastError: var error } status && error.Contains("no such kind", StringComparison.Ordinal) && status.AppliedRevision == revision),
            TimeSpan.FromSeconds(5), "the refusal is shown");
    }

    [Test]
    public async Task A_disabled_agent_is_cut_off_and_stays_out()
    {
        var (id, credential) = await _orchestrator.EnrolAsync("local");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential, beating: TimeSpan.FromMilliseconds(100));
        await agent.NextAsync();
        Assert.That(await _orchestrator.ChangeAsync(id, new AgentChange(Disabled: true)), Is.Not.Null);
        Assert.ThrowsAsync<RpcException>(async () => await agent.NextAsync());
        var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(_orchestrator, credential));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [Test]
    public void A_stranger_gets_no_session()
    {
        var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(_orchestrator, "pra_made_up"));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    private IAgentRegistry Registry => _orchestrator.Get<IAgentRegistry>();
}
