using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Enrolment;

public sealed class CredentialIssuerTests
{
    private readonly TestAgentKey _key = new();
    private RunningOrchestrator _orchestrator = null!;

    private IAgentAuthenticator Authenticator => _orchestrator.Get<IAgentAuthenticator>();

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync(("Enrolment:CredentialHours", "12"));

    [OneTimeTearDown]
    public async Task Stop()
    {
        _key.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_renewal_gives_a_new_credential_and_the_old_one_stays_good_for_the_overlap()
    {
        var agent = await EnrolAsync();
        var before = TimeProvider.System.GetUtcNow();
        var renewed = await RenewAsync(agent.AgentId);
        Assert.That(renewed.Outcome, Is.EqualTo(RenewOutcome.Renewed));
        Assert.That(renewed.ExpiresAt - before, Is.EqualTo(TimeSpan.FromHours(12)).Within(TimeSpan.FromMinutes(1)));
        Assert.That(Authenticator.AuthenticateCredential(renewed.Text)?.PublicId, Is.EqualTo(agent.AgentId));
        Assert.That(Authenticator.AuthenticateCredential(agent.Credential)?.PublicId, Is.EqualTo(agent.AgentId), "within the overlap");

        await ChangeAsync(agent.AgentId, a => a.PreviousCredentialExpiresAt = before);
        Assert.That(Authenticator.AuthenticateCredential(agent.Credential), Is.Null, "after the overlap");
        Assert.That(Authenticator.AuthenticateCredential(renewed.Text), Is.Not.Null);
    }

    [Test]
    public async Task An_expired_credential_is_nobodys_and_its_holder_has_lapsed_until_it_renews()
    {
        var agent = await EnrolAsync();
        Assert.That(Authenticator.AuthenticateCredential(agent.Credential), Is.Not.Null);
        Assert.That(Authenticator.HasLapsed(agent.AgentId), Is.False);
        await ChangeAsync(agent.AgentId, a => a.CredentialExpiresAt = TimeProvider.System.GetUtcNow().AddSeconds(-1));
        Assert.That(Authenticator.AuthenticateCredential(agent.Credential), Is.Null);
        Assert.That(Authenticator.HasLapsed(agent.AgentId), Is.True);

        await RenewAsync(agent.AgentId);
        Assert.That(Authenticator.HasLapsed(agent.AgentId), Is.False);
        Assert.That(Authenticator.AuthenticateCredential(agent.Credential), Is.Null, "a renewal does not raise the dead");
    }

    [Test]
    public async Task Only_the_bound_key_renews_and_only_with_a_fresh_challenge_of_its_own()
    {
        var agent = await EnrolAsync();
        var other = await EnrolAsync();
        using var thief = new TestAgentKey();
        var challenges = _orchestrator.Get<Challenges>();
        var challenge = challenges.New(agent.AgentId);
        var proof = _key.Sign(WireProofs.Renew(agent.AgentId, challenge));

        Assert.That(await OutcomeAsync(agent.AgentId, challenge, thief.Sign(WireProofs.Renew(agent.AgentId, challenge))), Is.EqualTo(RenewOutcome.Refused), "another key");
        Assert.That(await OutcomeAsync(agent.AgentId, challenge, proof[..63]), Is.EqualTo(RenewOutcome.Refused), "a cut proof");
        Assert.That(await OutcomeAsync(other.AgentId, challenge, proof), Is.EqualTo(RenewOutcome.AskAgain), "another agent's challenge");
        Assert.That(await OutcomeAsync(agent.AgentId, new byte[40], proof), Is.EqualTo(RenewOutcome.AskAgain), "a made-up challenge");
        Assert.That(await OutcomeAsync(agent.AgentId, [], []), Is.EqualTo(RenewOutcome.AskAgain));
        Assert.That(await OutcomeAsync(agent.AgentId, challenge, proof), Is.EqualTo(RenewOutcome.Renewed));
    }

    [Test]
    public void A_challenge_is_good_for_a_minute_at_the_process_that_made_it()
    {
        var clock = new FakeTimeProvider();
        var challenges = new Challenges(clock);
        var challenge = challenges.New("a");
        Assert.That(new Challenges(clock).IsLive("a", challenge), Is.False);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.That(challenges.IsLive("a", challenge), Is.True);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(challenges.IsLive("a", challenge), Is.False);
    }

    [Test]
    public async Task A_disabled_agent_cannot_renew_itself_back()
    {
        var agent = await EnrolAsync();
        await ChangeAsync(agent.AgentId, a => a.Disabled = true);
        Assert.That((await RenewAsync(agent.AgentId)).Outcome, Is.EqualTo(RenewOutcome.Refused));
        await ChangeAsync(agent.AgentId, a => (a.Disabled, a.DeletedAt) = (false, TimeProvider.System.GetUtcNow()));
        Assert.That((await RenewAsync(agent.AgentId)).Outcome, Is.EqualTo(RenewOutcome.Refused));
    }

    [Test]
    public async Task An_agent_from_before_keys_binds_one_once_and_only_with_its_old_credential()
    {
        var agent = await EnrolAsync();
        await ChangeAsync(agent.AgentId, a => (a.PublicKey, a.CredentialExpiresAt) = (null, null));
        using var thief = new TestAgentKey();
        Assert.That((await RenewAsync(agent.AgentId, thief, authorization: null)).Outcome, Is.EqualTo(RenewOutcome.Refused));
        Assert.That((await RenewAsync(agent.AgentId, _key, $"Bearer {agent.Credential}")).Outcome, Is.EqualTo(RenewOutcome.Renewed));
        Assert.That((await RenewAsync(agent.AgentId, thief, $"Bearer {agent.Credential}")).Outcome, Is.EqualTo(RenewOutcome.Refused), "bound already");
    }

    [Test]
    public async Task An_enrolment_without_a_key_or_without_its_proof_takes_no_use_of_the_token()
    {
        var (info, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        using var channel = _orchestrator.Channel();
        var client = new Wire.Enrolment.EnrolmentClient(channel);
        var tooOld = Assert.ThrowsAsync<RpcException>(async () => await client.EnrolAsync(new Wire.EnrolRequest { Token = token }));
        Assert.That(tooOld!.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));

        using var other = new TestAgentKey();
        var stolen = _key.Request(token);
        stolen.Proof = other.Request(token).Proof;
        Assert.That(Assert.ThrowsAsync<RpcException>(async () => await client.EnrolAsync(stolen))!.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        var tokens = await _orchestrator.Get<TokenService>().ListAsync(CancellationToken.None);
        Assert.That(tokens.Single(t => t.Id == info.Id).Uses, Is.Zero);
    }

    private async Task<Wire.EnrolReply> EnrolAsync()
    {
        var (_, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        using var channel = _orchestrator.Channel();
        return await new Wire.Enrolment.EnrolmentClient(channel).EnrolAsync(_key.Request(token));
    }

    private Task<Renewed> RenewAsync(string agentId) => RenewAsync(agentId, _key, null, binds: false);

    private async Task<Renewed> RenewAsync(string agentId, TestAgentKey key, string? authorization, bool binds = true)
    {
        var challenge = _orchestrator.Get<Challenges>().New(agentId);
        var renewal = new Renewal(agentId, challenge, key.Sign(WireProofs.Renew(agentId, challenge)), binds ? key.PublicKey : [], authorization);
        return await _orchestrator.Get<CredentialIssuer>().RenewAsync(renewal, CancellationToken.None);
    }

    private async Task<RenewOutcome> OutcomeAsync(string agentId, byte[] challenge, byte[] proof) =>
        (await _orchestrator.Get<CredentialIssuer>().RenewAsync(new Renewal(agentId, challenge, proof, [], null), CancellationToken.None)).Outcome;

    private async Task ChangeAsync(string agentId, Action<AgentEntity> change)
    {
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        change(await db.Set<AgentEntity>().SingleAsync(a => a.PublicId == agentId));
        await db.SaveChangesAsync();
        Authenticator.Forget(agentId);
    }
}
