using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Enrolment;

public sealed class EnrolmentTests
{
    private readonly TestAgentKey _key = new();
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop()
    {
        _key.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_token_is_exchanged_once_for_a_credential_that_is_recognised()
    {
        var (_, token) = await Tokens.CreateAsync("local", null, null, CancellationToken.None);
        using var channel = _orchestrator.Channel();
        var client = new Wire.Enrolment.EnrolmentClient(channel);
        var reply = await client.EnrolAsync(_key.Request(token, "Web 01.Example"));

        Assert.That(reply.Name, Is.EqualTo("web-01-example"));
        Assert.That(reply.Location, Is.EqualTo("local"));
        Assert.That(_orchestrator.Get<IAgentAuthenticator>().Authenticate($"Bearer {reply.Credential}")?.PublicId, Is.EqualTo(reply.AgentId));
        Assert.That(_orchestrator.Catalog.Current.AgentsByPublicId.Keys, Does.Contain(reply.AgentId));

        var again = Assert.ThrowsAsync<RpcException>(async () => await client.EnrolAsync(_key.Request(token)));
        Assert.That(again!.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
        Assert.That(again.Status.Detail, Does.Contain("used up"));
    }

    [Test]
    public async Task Concurrent_enrolments_never_overdraw_a_token()
    {
        var (_, token) = await Tokens.CreateAsync("local", 3, null, CancellationToken.None);
        var enroller = _orchestrator.Get<Enroller>();
        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => enroller.EnrolAsync(_key.Wish(token, "racer"), CancellationToken.None))));
        Assert.That(all.Count(e => e.Outcome == EnrolOutcome.Enrolled), Is.EqualTo(3));
        Assert.That(all.Count(e => e.Outcome == EnrolOutcome.UsedUp), Is.EqualTo(13));
        Assert.That(all.Where(e => e.Agent is not null).Select(e => e.Agent!.Name), Is.Unique);
    }

    [Test]
    public async Task Each_reason_to_refuse_is_told_apart()
    {
        var enroller = _orchestrator.Get<Enroller>();
        var (revoked, revokedToken) = await Tokens.CreateAsync("local", null, null, CancellationToken.None);
        Assert.That(await Tokens.RevokeAsync(revoked.Id, CancellationToken.None), Is.True);
        Assert.That(await Tokens.RevokeAsync(revoked.Id, CancellationToken.None), Is.False);
        var (expired, expiredToken) = await Tokens.CreateAsync("local", null, null, CancellationToken.None);
        await ExpireAsync(expired.Id);

        Assert.That((await enroller.EnrolAsync(_key.Wish(revokedToken), CancellationToken.None)).Outcome, Is.EqualTo(EnrolOutcome.Revoked));
        Assert.That((await enroller.EnrolAsync(_key.Wish(expiredToken), CancellationToken.None)).Outcome, Is.EqualTo(EnrolOutcome.Expired));
        Assert.That((await enroller.EnrolAsync(_key.Wish(Secret.New(Secret.EnrolmentToken).Text), CancellationToken.None)).Outcome, Is.EqualTo(EnrolOutcome.Unknown));
        Assert.That((await enroller.EnrolAsync(_key.Wish(expiredToken[..^2]), CancellationToken.None)).Outcome, Is.EqualTo(EnrolOutcome.Malformed));
        var states = (await Tokens.ListAsync(CancellationToken.None)).ToDictionary(t => t.Id, t => t.State);
        Assert.That(states[revoked.Id], Is.EqualTo("revoked"));
        Assert.That(states[expired.Id], Is.EqualTo("expired"));
    }

    [Test]
    public void A_token_for_an_unknown_location_names_the_known_ones() =>
        Assert.That(async () => await Tokens.CreateAsync("nowhere", null, null, CancellationToken.None),
            Throws.TypeOf<TokenRefusedException>().With.Message.Contains("local"));

    [Test]
    public async Task The_store_keeps_no_secret()
    {
        var (info, token) = await Tokens.CreateAsync("local", null, null, CancellationToken.None);
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        var entity = await db.Set<TokenEntity>().SingleAsync(t => t.PublicId == info.Id);
        Assert.That(entity.SecretHash, Has.Length.EqualTo(32));
        Assert.That(Secret.Parse(Secret.EnrolmentToken, token)!.Matches(entity.SecretHash));
    }

    [Test]
    public async Task A_disabled_agent_is_not_recognised()
    {
        var (publicId, credential) = await _orchestrator.EnrolAsync("local");
        var authenticator = _orchestrator.Get<IAgentAuthenticator>();
        Assert.That(authenticator.Authenticate($"Bearer {credential}"), Is.Not.Null);
        await using (var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync())
        {
            await db.Set<AgentEntity>().Where(a => a.PublicId == publicId).ExecuteUpdateAsync(a => a.SetProperty(x => x.Disabled, true));
        }

        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);
        Assert.That(authenticator.Authenticate($"Bearer {credential}"), Is.Null);
        Assert.That(authenticator.Authenticate(credential), Is.Null);
        Assert.That(authenticator.Authenticate(null), Is.Null);
    }

    private TokenService Tokens => _orchestrator.Get<TokenService>();

    private async Task ExpireAsync(string id)
    {
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        await db.Set<TokenEntity>().Where(t => t.PublicId == id)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.ExpiresAt, DateTimeOffset.UnixEpoch));
    }
}
