using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Commands;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Access;

public sealed class LimitTests
{
    [Test]
    public async Task Guessing_keys_at_the_sign_in_must_wait_and_so_must_the_right_one_from_there()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Limits:SignInPerMinute", "3"));
        using var visitor = new Visitor(orchestrator);
        for (var i = 0; i < 3; i++)
        {
            using var refused = await visitor.SignInAsync(Secret.New(Secret.ApiKey).Text);
            Assert.That(refused.Headers.Location!.ToString(), Does.Contain("refused=key"));
        }

        using var limited = await visitor.SignInAsync(orchestrator.AdminKey);
        Assert.That(limited.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(limited.Headers.Contains("Set-Cookie"), Is.False);
        using var key = orchestrator.Client(orchestrator.AdminKey);
        Assert.That((await key.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.OK), "scripts go on");
    }

    [Test]
    public async Task Each_key_has_its_own_measure_and_strangers_share_their_address()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Limits:ApiPerMinute", "5"), ("Limits:StrangerPerMinute", "4"));
        var (_, other) = await orchestrator.Get<ApiKeys>().CreateAsync("other", CancellationToken.None);
        using var busy = orchestrator.Client(orchestrator.AdminKey);
        Assert.That(await CountAsync(busy, 8, HttpStatusCode.OK), Is.EqualTo(5));
        using var refused = await busy.GetAsync("/api/v1/checks");
        var problem = await ApiFixture.ProblemAsync(refused, 429);
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("Limits:ApiPerMinute"));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(12)));
        using var calm = orchestrator.Client(other);
        Assert.That((await calm.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var stranger = orchestrator.Client(null);
        Assert.That(await CountAsync(stranger, 10, HttpStatusCode.Unauthorized), Is.EqualTo(4));
        Assert.That((await stranger.GetAsync("/healthz")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await stranger.GetAsync("/login")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Enrolment_with_wrong_tokens_is_exhausted_and_says_when_to_come_back()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Limits:EnrolmentPerMinute", "3"));
        using var channel = orchestrator.Channel();
        var client = new Wire.Enrolment.EnrolmentClient(channel);
        for (var i = 0; i < 3; i++)
        {
            var refused = Assert.ThrowsAsync<RpcException>(() => client.EnrolAsync(new Wire.EnrolRequest { Token = "nonsense" }).ResponseAsync);
            Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        }

        var limited = Assert.ThrowsAsync<RpcException>(() => client.EnrolAsync(new Wire.EnrolRequest { Token = "nonsense" }).ResponseAsync);
        Assert.That(limited!.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(limited.Trailers.GetValue("retry-after"), Is.EqualTo("20"));
    }

    [Test]
    public async Task Only_a_trusted_proxy_says_where_a_request_came_from()
    {
        await using var open = await RunningOrchestrator.StartAsync();
        await using var behind = await RunningOrchestrator.StartAsync(("Http:TrustedProxies", "127.0.0.0/8, ::1"));
        Assert.That(await RefusedFromAsync(open), Is.EqualTo("127.0.0.1"));
        Assert.That(await RefusedFromAsync(behind), Is.EqualTo("203.0.113.9"), "the last address that is not a trusted proxy's, not what the caller wrote before it");
        Assert.That(async () => await RunningOrchestrator.StartAsync(("Http:TrustedProxies", "somewhere")), Throws.TypeOf<SettingsException>());
    }

    [Test]
    public void Buckets_fill_again_and_do_not_grow_with_the_number_of_names()
    {
        var clock = new FakeTimeProvider();
        var buckets = new Buckets(6, clock, most: 100);
        Assert.That(Enumerable.Range(0, 10).Count(_ => buckets.TryTake("a")), Is.EqualTo(6));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Enumerable.Range(0, 10).Count(_ => buckets.TryTake("a")), Is.EqualTo(1));
        Assert.That(Enumerable.Range(0, 10_000).Count(i => buckets.TryTake($"n{i}")), Is.EqualTo(99 + 6), "newcomers beyond the bound share one bucket");
        Assert.That(buckets.Count, Is.LessThanOrEqualTo(101));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(buckets.TryTake("fresh"), Is.True, "full buckets make room");
    }

    [TestCase("192.0.2.1", "192.0.2.1")]
    [TestCase("::ffff:192.0.2.1", "192.0.2.1")]
    public void An_address_stands_for_itself(string address, string key) => Assert.That(Limits.Key(IPAddress.Parse(address)), Is.EqualTo(key));

    [Test]
    public void Of_IPv6_the_first_64_bits_count() =>
        Assert.That(Limits.Key(IPAddress.Parse("2001:db8:1:2::1")), Is.EqualTo(Limits.Key(IPAddress.Parse("2001:db8:1:2:ffff::9"))));

    private static async Task<string?> RefusedFromAsync(RunningOrchestrator orchestrator)
    {
        using var client = orchestrator.Client(null);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.7, 203.0.113.9");
        (await client.GetAsync($"/login?key={Secret.New(Secret.ApiKey).Text}")).Dispose();
        var page = await orchestrator.Get<AuditLog>().ReadAsync(new AuditFilter(null, "sign-in.refused", null, null, null), null, null, 1, CancellationToken.None);
        return page.Items.Single().Address;
    }

    private static async Task<int> CountAsync(HttpClient client, int times, HttpStatusCode status)
    {
        var count = 0;
        for (var i = 0; i < times; i++)
        {
            using var response = await client.GetAsync("/api/v1/checks");
            count += response.StatusCode == status ? 1 : 0;
        }

        return count;
    }
}
