using Grpc.Core;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Enrolment;

public sealed class TokenSourceTests
{
    private readonly TestAgentKey _key = new();
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync(("Http:TrustedProxies", "127.0.0.1"));

    [OneTimeTearDown]
    public async Task Stop()
    {
        _key.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_token_of_another_network_is_refused_with_the_reason_and_no_use_is_taken()
    {
        var (info, token) = await CreateAsync("203.0.113.0/24");
        var refused = Assert.ThrowsAsync<RpcException>(() => EnrolAsync(token));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.PermissionDenied));
        Assert.That(refused.Status.Detail, Is.EqualTo("the enrolment token may not be used from 127.0.0.1; create one that this address may use"));
        Assert.That(refused.Status.Detail, Does.Not.Contain("203.0.113"), "which networks would do is not told");
        var after = await Tokens.FindAsync(info.Id, CancellationToken.None);
        Assert.That((after!.Uses, after.State), Is.EqualTo((0, "usable")));
    }

    [Test]
    public async Task A_trusted_proxy_is_believed_about_the_address_and_what_a_stranger_wrote_before_it_is_not()
    {
        var (_, token) = await CreateAsync("203.0.113.0/24");
        Assert.ThrowsAsync<RpcException>(() => EnrolAsync(token, "203.0.113.9, 198.51.100.1"), "the client made up the first; the proxy saw the second");
        var reply = await EnrolAsync(token, "198.51.100.1, 203.0.113.9");
        Assert.That(reply.AgentId, Is.Not.Empty);
        var used = (await Tokens.ListAsync(CancellationToken.None)).SelectMany(t => t.UsedBy).Single(u => u.AgentId == reply.AgentId);
        Assert.That(used.Address, Is.EqualTo("203.0.113.9"));
    }

    [Test]
    public async Task A_proxy_that_is_not_trusted_is_not_believed()
    {
        await using var open = await RunningOrchestrator.StartAsync();
        var (_, token) = await open.Get<TokenService>().CreateAsync(new TokenWish("local", SourceCidrs: ["203.0.113.0/24"]), Caller.System("test"), CancellationToken.None);
        using var channel = open.Channel();
        var call = new Wire.Enrolment.EnrolmentClient(channel).EnrolAsync(_key.Request(token), new Metadata { { "x-forwarded-for", "203.0.113.9" } });
        Assert.That(Assert.ThrowsAsync<RpcException>(async () => await call)!.Status.Detail, Does.Contain("may not be used from 127.0.0.1"));
    }

    [Test]
    public async Task A_replayed_token_is_used_up_and_a_tampered_one_is_none()
    {
        var (_, token) = await CreateAsync("127.0.0.1");
        await EnrolAsync(token);
        Assert.That(Assert.ThrowsAsync<RpcException>(() => EnrolAsync(token))!.Status.Detail, Does.Contain("used up"));
        var (_, fresh) = await CreateAsync();
        var tampered = fresh[..^10] + (fresh[^10] == 'a' ? 'b' : 'a') + fresh[^9..];
        Assert.That(Assert.ThrowsAsync<RpcException>(() => EnrolAsync(tampered))!.Status.Detail, Does.Contain("not an enrolment token").Or.Contain("unknown here"));
        Assert.That((await EnrolAsync(fresh)).AgentId, Is.Not.Empty, "the true one still works");
    }

    [TestCase("10.0.0.7/8", "10.0.0.0/8")]
    [TestCase("10.0.0.7", "10.0.0.7/32")]
    [TestCase("2001:db8::1/48", "2001:db8::/48")]
    public void Networks_are_kept_without_the_bits_behind_the_prefix(string text, string kept) =>
        Assert.That(SourceNetworks.Read([text]).Networks, Is.EqualTo(new[] { kept }));

    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/-1")]
    [TestCase("10.1")]
    [TestCase("everyone")]
    [TestCase("10.0.0.0/8/8")]
    public void What_is_no_network_is_named(string text)
    {
        var refused = Assert.ThrowsAsync<TokenRefusedException>(() => CreateAsync(text));
        Assert.That(refused!.Message, Does.Contain($"'{text}'").And.Contain("203.0.113.0/24"));
        Assert.That(refused.Field, Is.EqualTo("sourceCidrs"));
    }

    private TokenService Tokens => _orchestrator.Get<TokenService>();

    private Task<(TokenInfo Info, string Secret)> CreateAsync(params string[] sources) =>
        Tokens.CreateAsync(new TokenWish("local", SourceCidrs: sources), Caller.System("test"), CancellationToken.None);

    private async Task<Wire.EnrolReply> EnrolAsync(string token, string forwarded = "")
    {
        using var channel = _orchestrator.Channel();
        var headers = forwarded.Length > 0 ? new Metadata { { "x-forwarded-for", forwarded } } : [];
        return await new Wire.Enrolment.EnrolmentClient(channel).EnrolAsync(_key.Request(token), headers);
    }
}
