using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Probes.Agent;
using Probes.Agent.Session;
using Probes.Contracts.Mapping;
using Probes.Tests.Testing;
using static Probes.Tests.Agent.Session.RunningAgent;

namespace Probes.Tests.Agent.Session;

/// <summary>Credentials that expire, and what an agent does about it.</summary>
public sealed class CredentialRenewalTests
{
    private string _folder = "";
    private ScriptedOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        _orchestrator = await ScriptedOrchestrator.StartAsync(script: new Script { Life = TimeSpan.FromSeconds(6) });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _orchestrator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_credential_is_renewed_at_two_thirds_of_its_life_with_a_proof_of_the_key_and_the_session_goes_on()
    {
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder);
        var session = await _orchestrator.NextSessionAsync();
        await Until(() => _orchestrator.Script.Renewals.Count >= 2, "two renewals");
        var enrolment = _orchestrator.Script.Enrolments.Single();
        var renewal = _orchestrator.Script.Renewals.First();
        Assert.That(WireProofs.Verify(enrolment.PublicKey.Span, WireProofs.Renew("agent-1", renewal.Challenge.Span), renewal.Proof.Span));
        Assert.That(session.Ended.IsCompleted, Is.False);
        var identities = agent.Host.Services.GetRequiredService<IdentityKeeper>();
        await Until(() => identities.Credential() == $"secret-{_orchestrator.Script.Renewals.Count + 1}", "the newest credential in use");
    }

    [Test]
    public async Task A_credential_that_expired_while_the_agent_was_away_is_renewed_before_giving_up()
    {
        _orchestrator.Script.Life = TimeSpan.FromHours(24);
        await using (await RunningAgent.StartAsync(_orchestrator.Address, _folder))
        {
            await _orchestrator.NextSessionAsync();
        }

        _orchestrator.Script.Expired = "secret-1";
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder, token: "");
        Assert.That((await _orchestrator.NextSessionAsync()).Authorization, Is.EqualTo("Bearer secret-2"));
        Assert.That(agent.Exit.Code, Is.EqualTo(ExitCodes.Stopped));
    }

    [Test]
    public async Task An_agent_that_may_not_renew_either_stops()
    {
        _orchestrator.Script.RefuseSession = _orchestrator.Script.RefuseRenewal = new Status(StatusCode.Unauthenticated, "the agent was disabled");
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder);
        await Until(() => agent.Exit.Code == ExitCodes.IdentityRefused, "the stop");
    }

    [Test]
    public async Task An_agent_enrolled_before_keys_binds_one_and_pins_the_orchestrators()
    {
        using var signing = new TestSigningKey();
        _orchestrator.Script.Signing = [signing];
        _orchestrator.Script.Life = TimeSpan.FromHours(24);
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, IdentityFile.FileName), $$"""
            { "agent_id": "agent-1", "name": "a", "location": "eu-west", "credential": "secret-0", "orchestrator": "{{_orchestrator.Address}}" }
            """);
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Address, _folder, token: "");
        var identities = agent.Host.Services.GetRequiredService<IdentityKeeper>();
        await Until(() => identities.IsKnown && identities.Current.SigningKey is not null, "the pinned key");
        Assert.That(_orchestrator.Script.Renewals.First().PublicKey.ToByteArray(), Is.EqualTo(agent.Host.Services.GetRequiredService<AgentKey>().PublicKey));
        Assert.That(identities.Current.Credential, Is.EqualTo("secret-2"));
    }
}
