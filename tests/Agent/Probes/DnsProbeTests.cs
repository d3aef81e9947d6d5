using System.Net;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class DnsProbeTests
{
    private static readonly (DnsRecordType Type, ushort Code, byte[] Data, string Text)[] Kinds =
    [
        (DnsRecordType.A, 1, [192, 0, 2, 7], "192.0.2.7"),
        (DnsRecordType.Aaaa, 28, IPAddress.Parse("2001:db8::7").GetAddressBytes(), "2001:db8::7"),
        (DnsRecordType.Cname, 5, FakeDns.Name("www.Example.test"), "www.example.test"),
        (DnsRecordType.Mx, 15, [0, 10, .. FakeDns.Name("mail.test")], "10 mail.test"),
        (DnsRecordType.Ns, 2, FakeDns.Name("ns1.test"), "ns1.test"),
        (DnsRecordType.Txt, 16, [5, .. "v=one"u8, 3, .. "two"u8], "v=onetwo"),
        (DnsRecordType.Soa, 6, [.. FakeDns.Name("ns1.test"), .. FakeDns.Name("admin.test"), 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4], "ns1.test admin.test 9 1 2 3 4"),
        (DnsRecordType.Ptr, 12, FakeDns.Name("host.test"), "host.test"),
        (DnsRecordType.Srv, 33, [0, 1, 0, 2, 0x1F, 0x90, .. FakeDns.Name("srv.test")], "1 2 8080 srv.test"),
        (DnsRecordType.Caa, 257, [0, 5, .. "issue"u8, .. "ca.test"u8], "0 issue \"ca.test\""),
    ];

    [TestCaseSource(nameof(Types))]
    public async Task Every_record_type_is_answered_in_presentation_form(DnsRecordType type)
    {
        var kind = Kinds.First(k => k.Type == type);
        await using var dns = new FakeDns((_, asked) => asked == kind.Code ? new FakeDns.Reply(Records: (kind.Code, kind.Data)) : new FakeDns.Reply());
        var spec = new DnsSpec { Name = "a.test", Type = type, Server = "127.0.0.1", Port = dns.Port };
        var outcome = await Probing.RunAsync(spec, assertions: new AnswersAssertion(Exact: true, [kind.Text]));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Phases.Dns, Is.GreaterThan(TimeSpan.Zero));
    }

    [TestCase(3, "Failed/Dns/nxdomain")]
    [TestCase(2, "Failed/Dns/servfail")]
    [TestCase(5, "Failed/Dns/refused")]
    [TestCase(0, "Failed/Dns/no_answers")]
    public async Task A_refusal_is_told_by_its_code(int code, string verdict)
    {
        await using var dns = new FakeDns((_, _) => new FakeDns.Reply(code));
        var outcome = await Probing.RunAsync(new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port });
        Assert.That((outcome.Verdict(), outcome.StatusCode), Is.EqualTo((verdict, code)));
    }

    [Test]
    public async Task A_truncated_answer_is_asked_for_again_over_tcp()
    {
        await using var dns = new FakeDns((_, _) => new FakeDns.Reply(TruncateUdp: true, Records: (1, [192, 0, 2, 7])));
        var outcome = await Probing.RunAsync(new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port });
        Assert.That((outcome.Verdict(), dns.TcpQueries), Is.EqualTo(("Passed/None/", 1)), outcome.Message);
    }

    [Test]
    public async Task Tcp_is_used_at_once_when_asked_for()
    {
        await using var dns = FakeDns.Of(IPAddress.Parse("192.0.2.7"));
        var outcome = await Probing.RunAsync(new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port, Transport = DnsTransport.Tcp });
        Assert.That((outcome.Verdict(), dns.TcpQueries), Is.EqualTo(("Passed/None/", 1)), outcome.Message);
    }

    [Test]
    public async Task Silence_times_out()
    {
        await using var dns = new FakeDns((_, _) => null);
        var outcome = await Probing.RunAsync(new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port }, TimeSpan.FromMilliseconds(300));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Dns/dns_timeout"));
        Assert.That(outcome.Address, Is.EqualTo($"127.0.0.1:{dns.Port}"), "who stayed silent");
    }

    [TestCase(DnsTransport.Udp, "TimedOut/Dns/dns_timeout")]
    [TestCase(DnsTransport.Tcp, "Failed/Dns/dns_failed")]
    public async Task A_closed_port_is_the_fault_of_dns(DnsTransport transport, string verdict)
    {
        var spec = new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = FreePort.Next(), Transport = transport };
        Assert.That((await Probing.RunAsync(spec, TimeSpan.FromMilliseconds(600))).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task Nothing_is_cached()
    {
        var last = (byte)0;
        await using var dns = new FakeDns((_, _) => new FakeDns.Reply(Records: (1, [192, 0, 2, ++last])));
        var probe = new ProbeCatalog(new ResolverOptions(), TargetGuard.Open, TimeProvider.System).Find("dns")!;
        var check = new Check { Name = "test", Probe = new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port } };
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            answers.Add((await probe.RunAsync(check, CancellationToken.None, CancellationToken.None)).Evidence["answers"]);
        }

        Assert.That(answers, Is.EqualTo(new[] { "192.0.2.1", "192.0.2.2", "192.0.2.3" }));
    }

    [Test]
    public async Task An_answer_that_is_not_the_expected_one_fails_by_fault_of_dns()
    {
        await using var dns = FakeDns.Of(IPAddress.Parse("192.0.2.8"));
        var spec = new DnsSpec { Name = "a.test", Server = "127.0.0.1", Port = dns.Port };
        var outcome = await Probing.RunAsync(spec, assertions: new AnswersAssertion(Exact: false, ["192.0.2.7"]));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Dns/assertion_failed"));
        Assert.That(outcome.Assertions.Single().Actual, Is.EqualTo("192.0.2.8"));
    }

    private static IEnumerable<DnsRecordType> Types() => Kinds.Select(k => k.Type);
}
