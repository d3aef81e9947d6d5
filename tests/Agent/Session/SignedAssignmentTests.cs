using Google.Protobuf;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Session;

/// <summary>A whole agent that has pinned a key, against an orchestrator that was taken over in each way there is.</summary>
public sealed class SignedAssignmentTests
{
    private readonly List<TestSigningKey> _keys = [];
    private string _folder = "";
    private ScriptedOrchestrator _orchestrator = null!;
    private TestSigningKey Pinned => _keys[0];

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        Key();
        _orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { Signing = [Pinned] });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _orchestrator.DisposeAsync();
        _keys.ForEach(k => k.Dispose());
        _keys.Clear();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_assignment_signed_with_the_pinned_key_runs()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder);
        var session = await _orchestrator.NextSessionAsync();
        Assert.That(session.Hello.Capabilities, Does.Contain("signed"));
        await session.SnapshotAsync(Pinned, 3, TcpCheck("open", _orchestrator.Port));
        await Until(() => session.Applied.Any(a => a.Revision == 3), "applied");
        await Until(() => agent.Keeper.Running == 1, "running");
    }

    [TestCase("unsigned")]
    [TestCase("another key")]
    [TestCase("another key by the pinned one's name")]
    [TestCase("for another agent")]
    [TestCase("of another session")]
    [TestCase("changed after signing")]
    [TestCase("no signature")]
    public async Task A_forged_assignment_changes_nothing_and_is_told(string forgery)
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(Pinned, 3, TcpCheck("good", _orchestrator.Port));
        await Until(() => agent.Keeper.Running == 1, "the good assignment");

        var evil = new OrchestratorMessage { Snapshot = ScriptedSession.Whole(4, TcpCheck("evil", 22), TcpCheck("evil-2", 23)) };
        await session.SendAsync(Forge(forgery, session, evil));
        await Until(() => agent.Host.Error().Contains("refused", StringComparison.Ordinal), "the error that operators see");
        Assert.That(agent.Keeper.Held.Checks.Keys, Is.EqualTo(new[] { "good" }));
        Assert.That(agent.Keeper.Running, Is.EqualTo(1));
    }

    [Test]
    public async Task A_new_key_counts_when_the_pinned_one_vouches_for_it_also_over_several_steps_and_a_restart()
    {
        var (second, third) = (Key(), Key());
        await using (await RunningAgent.StartAsync(_orchestrator.Address, _folder))
        {
            await _orchestrator.NextSessionAsync();
        }

        _orchestrator.Script.Endorsements = [Pinned.Endorse(second), second.Endorse(third)];
        await using (var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder, token: ""))
        {
            var session = await _orchestrator.NextSessionAsync();
            await session.SnapshotAsync(third, 5, TcpCheck("open", _orchestrator.Port));
            await Until(() => agent.Keeper.Running == 1, "running");
        }

        _orchestrator.Script.Endorsements = [];
        await using var again = await RunningAgent.StartAsync(_orchestrator.Address, _folder, token: "");
        var later = await _orchestrator.NextSessionAsync();
        await later.SnapshotAsync(Pinned, 6, TcpCheck("old", 22));
        await Until(() => again.Host.Error().Contains("refused", StringComparison.Ordinal), "the old key counts no more");
        Assert.That(again.Keeper.Held.Revision, Is.EqualTo(5));
    }

    [Test]
    public async Task A_new_key_that_the_pinned_one_does_not_vouch_for_is_not_followed()
    {
        var stranger = Key();
        var forged = stranger.Endorse(stranger);
        forged.ByKeyId = Pinned.Id;
        _orchestrator.Script.Endorsements = [forged];
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder);
        var session = await _orchestrator.NextSessionAsync();
        await session.SnapshotAsync(stranger, 5, TcpCheck("evil", 22));
        await Until(() => agent.Host.Error().Contains("refused", StringComparison.Ordinal), "the refusal");
        Assert.That(agent.Keeper.Held.Revision, Is.Zero);
    }

    private TestSigningKey Key()
    {
        var key = new TestSigningKey();
        _keys.Add(key);
        return key;
    }

    private OrchestratorMessage Forge(string forgery, ScriptedSession session, OrchestratorMessage evil)
    {
        var nonce = session.Hello.Nonce;
        var message = forgery switch
        {
            "unsigned" => evil,
            "another key" => Key().Seal("agent-1", nonce, evil),
            "another key by the pinned one's name" => Key().Seal("agent-1", nonce, evil, Pinned.Id),
            "for another agent" => Pinned.Seal("agent-2", nonce, evil),
            "of another session" => Pinned.Seal("agent-1", "0123456789abcdef", evil),
            _ => Pinned.Seal("agent-1", nonce, evil),
        };
        if (forgery == "changed after signing")
        {
            var bytes = message.Signed.Message.ToByteArray();
            bytes[^1] ^= 1;
            message.Signed.Message = ByteString.CopyFrom(bytes);
        }
        else if (forgery == "no signature")
        {
            message.Signed.Signature = ByteString.Empty;
        }

        return message;
    }
}
