using System.Globalization;
using System.Net;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Agent.Probes;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Policy;

/// <summary>
/// What a check, a redirect or an answer of DNS can make an agent connect to. The target of each test listens on loopback, and its first hop
/// stands for a public one: that one port is let through.
/// </summary>
public sealed class GuardedProbingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly OwnAddresses Nowhere = new(TimeProvider.System, () => []);

    private static TargetGuard Cloud(params string[] allowed) => new(new GuardOptions { AllowCidrs = [.. allowed.Select(Cidr.Of)] }, Nowhere);

    private static IEnumerable<ProbeSpec> EveryKind(string host, int port)
    {
        var authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        yield return Probing.Http($"http://{authority}:{port}/");
        yield return Probing.Http($"https://{authority}:{port}/");
        yield return Probing.Http($"http://{authority}:{port}/") with { Version = HttpProtocol.Http2 };
        yield return new TcpSpec { Host = host, Port = port };
        yield return new TlsSpec { Host = host, Port = port };
        if (IPAddress.TryParse(host, out _))
        {
            yield return new DnsSpec { Name = "a.test", Server = host, Port = port };
            yield return new DnsSpec { Name = "a.test", Server = host, Port = port, Transport = DnsTransport.Tcp };
        }
    }

    [TestCase("127.0.0.1")]
    [TestCase("localhost")]
    [TestCase("a.localhost")]
    [TestCase("::1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("64:ff9b::7f00:1")]
    [TestCase("64:ff9b:1::7f00:1")]
    [TestCase("2002:7f00:1::1")]
    [TestCase("::7f00:1")]
    [TestCase("0.0.0.0")]
    [TestCase("::")]
    [TestCase("169.254.169.254")]
    [TestCase("fe80::1")]
    [TestCase("10.0.0.1")]
    [TestCase("100.64.0.1")]
    [TestCase("fd00::1")]
    [TestCase("224.0.0.1")]
    [TestCase("255.255.255.255")]
    public async Task No_kind_of_check_reaches_a_special_purpose_address_from_a_cloud_location(string host)
    {
        await using var server = RawServer.Answering(Ok);
        foreach (var spec in EveryKind(host, server.Port))
        {
            var outcome = await Probing.RunAsync(Probing.Catalog(guard: Cloud()), spec);
            Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Agent/address_refused"), $"{spec.Kind}: {outcome.Message}");
        }

        Assert.That(server.Connections, Is.Zero);
    }

    [TestCase("http://169.254.169.254/latest/meta-data/")]
    [TestCase("http://127.0.0.2:{0}/")]
    [TestCase("http://[::ffff:127.0.0.2]:{0}/")]
    [TestCase("http://[64:ff9b::7f00:1]:{0}/")]
    [TestCase("http://0x7f.2:{0}/")]
    [TestCase("http://2130706434:{0}/")]
    [TestCase("//0177.0.0.2:{0}/")]
    public async Task No_redirect_leads_to_one(string location)
    {
        await using var inner = RawServer.Answering(Ok);
        var address = new Uri(new Uri("http://127.0.0.1/"), string.Format(CultureInfo.InvariantCulture, location, inner.Port));
        await using var server = RawServer.Answering($"HTTP/1.1 302 X\r\nLocation: {address.AbsoluteUri}\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Catalog(guard: Cloud("127.0.0.1")), Probing.Http(server.Url));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Agent/address_refused"), outcome.Message);
        Assert.That(outcome.Evidence["hop1"], Does.StartWith("302 "), "the first hop was followed");
        Assert.That(inner.Connections, Is.Zero);
    }

    [TestCase("http://0x7f.1/")]
    [TestCase("http://2130706433/")]
    [TestCase("http://[::ffff:7f00:1]/")]
    public async Task No_way_of_writing_an_address_hides_it(string url) =>
        Assert.That((await Probing.RunAsync(Probing.Catalog(guard: Cloud()), Probing.Http(url))).Verdict(), Is.EqualTo("Failed/Agent/address_refused"));

    [Test]
    public async Task A_name_that_answers_otherwise_the_second_time_is_judged_by_that_answer()
    {
        var asked = 0;
        await using var dns = new FakeDns((_, type) => type == 1 ? new FakeDns.Reply(Records: (1, [127, 0, 0, (byte)(++asked % 2 == 1 ? 1 : 2)])) : new FakeDns.Reply());
        await using var server = RawServer.Answering(Ok);
        var catalog = Probing.Catalog(new IPEndPoint(IPAddress.Loopback, dns.Port), Cloud("127.0.0.1"));
        var spec = Probing.Http($"http://shop.test:{server.Port}/");
        Assert.That((await Probing.RunAsync(catalog, spec)).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That(asked, Is.EqualTo(1), "what was judged is connected to, without asking again");
        var rebound = await Probing.RunAsync(catalog, spec);
        Assert.That(rebound.Verdict(), Is.EqualTo("Failed/Agent/address_refused"));
        Assert.That(rebound.Message, Does.Contain("127.0.0.2").And.Contain("loopback"), "the rule is named");
    }

    [TestCase("127.0.0.1", 1)]
    [TestCase("::1", 28)]
    [TestCase("::ffff:127.0.0.1", 28)]
    [TestCase("64:ff9b::7f00:1", 28)]
    [TestCase("169.254.169.254", 1)]
    public async Task No_answer_of_DNS_leads_to_one_for_any_kind(string address, int type)
    {
        await using var dns = new FakeDns((_, asked) => asked == type ? new FakeDns.Reply(Records: ((ushort)type, Bytes(address))) : new FakeDns.Reply());
        await using var server = RawServer.Answering(Ok);
        var catalog = Probing.Catalog(new IPEndPoint(IPAddress.Loopback, dns.Port), Cloud());
        foreach (var spec in EveryKind("inner.test", server.Port))
        {
            var outcome = await Probing.RunAsync(catalog, spec);
            Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Agent/address_refused"), $"{spec.Kind}: {outcome.Message}");
        }

        Assert.That(server.Connections, Is.Zero);
    }

    [Test]
    public async Task Rebinding_within_a_run_does_not_help_either()
    {
        var asked = 0;
        await using var dns = new FakeDns((_, type) => type == 1 ? new FakeDns.Reply(Records: (1, [127, 0, 0, (byte)++asked])) : new FakeDns.Reply());
        await using var server = RawServer.Answering("HTTP/1.1 302 X\r\nLocation: /again\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Catalog(new IPEndPoint(IPAddress.Loopback, dns.Port), Cloud("127.0.0.1")), Probing.Http($"http://shop.test:{server.Port}/"));
        Assert.That((outcome.Verdict(), server.Connections), Is.EqualTo(("Failed/Agent/address_refused", 1)), outcome.Message);
    }

    [Test]
    public async Task The_agents_own_resolver_may_be_anywhere()
    {
        await using var dns = FakeDns.Of(IPAddress.Parse("192.0.2.7"));
        var outcome = await Probing.RunAsync(Probing.Catalog(new IPEndPoint(IPAddress.Loopback, dns.Port), Cloud()), new DnsSpec { Name = "a.test" });
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [Test]
    public void A_machine_without_a_resolver_asks_no_public_one()
    {
        var resolver = new Resolver(new ResolverOptions(), new HostsFile(TimeProvider.System));
        var none = new DnsClient.LookupClient(new DnsClient.LookupClientOptions { AutoResolveNameServers = false });
        var fault = Assert.ThrowsAsync<ProbeFault>(async () => await Resolver.QueryAsync(none, "a.test", DnsClient.QueryType.A, CancellationToken.None))!;
        Assert.That((fault.Source, fault.Reason), Is.EqualTo((FailureSource.Agent, "agent_no_resolver")));
        Assert.That(resolver.Client("", 53, DnsTransport.Udp).NameServers.Select(s => s.Address),
            Has.None.AnyOf("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1"), "only what this machine is configured with");
    }

    private static byte[] Bytes(string address) =>
        address.StartsWith("::ffff", StringComparison.Ordinal) ? IPAddress.Parse(address).MapToIPv6().GetAddressBytes() : IPAddress.Parse(address).GetAddressBytes();
}
