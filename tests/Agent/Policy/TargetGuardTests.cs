using System.Net;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Tests.Agent.Probes;

namespace Probes.Tests.Agent.Policy;

public sealed class TargetGuardTests
{
    private static TargetGuard Guard(string spec = "", LocationType location = LocationType.Cloud, string allow = "", string own = "", bool anyAddress = false)
    {
        var policy = AgentPolicy.None;
        if (spec.Length > 0)
        {
            (policy, var errors) = PolicyFile.Parse($"apiVersion: probes/v1\nkind: AgentPolicy\nspec: {{{spec}}}\n", "p.yaml");
            Assert.That(errors, Is.Empty);
        }

        var options = new GuardOptions
        {
            AnyAddress = anyAddress,
            AllowCidrs = [.. allow.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Cidr.Of)],
            Policy = policy!,
        };
        var guard = new TargetGuard(options, new OwnAddresses(TimeProvider.System, () => own.Length > 0 ? [IPAddress.Parse(own)] : []));
        guard.Locate(location);
        return guard;
    }

    [TestCase("8.8.8.8", true, true)]
    [TestCase("2606:4700::1111", true, true)]
    [TestCase("64:ff9b::808:808", true, true)]
    [TestCase("10.1.2.3", false, true)]
    [TestCase("172.31.255.255", false, true)]
    [TestCase("192.168.0.1", false, true)]
    [TestCase("100.64.0.1", false, true)]
    [TestCase("fd12:3456::1", false, true)]
    [TestCase("::ffff:10.1.2.3", false, true)]
    [TestCase("127.0.0.1", false, false)]
    [TestCase("::1", false, false)]
    [TestCase("169.254.1.1", false, false)]
    [TestCase("169.254.169.254", false, false)]
    [TestCase("fd00:ec2::254", false, false)]
    [TestCase("100.100.100.200", false, false)]
    [TestCase("168.63.129.16", false, false)]
    [TestCase("fe80::1", false, false)]
    [TestCase("0.0.0.0", false, false)]
    [TestCase("224.0.0.251", false, false)]
    [TestCase("192.0.2.1", false, false)]
    public void The_kind_of_location_decides(string address, bool cloud, bool inside)
    {
        var parsed = IPAddress.Parse(address);
        Assert.That(Guard().OfAddress("", parsed) is null, Is.EqualTo(cloud), "cloud");
        Assert.That(Guard(location: LocationType.Private).OfAddress("", parsed) is null, Is.EqualTo(inside), "private");
        Assert.That(Guard(anyAddress: true).OfAddress("", parsed), Is.Null);
    }

    [TestCase("10.0.0.0/8", "10.1.2.3", true)]
    [TestCase("10.0.0.0/8", "11.1.2.3", true, Description = "public anyway")]
    [TestCase("10.0.0.0/8", "172.16.0.1", false)]
    [TestCase("127.0.0.0/8", "::ffff:127.0.0.1", true)]
    [TestCase("127.0.0.0/8", "64:ff9b::7f00:1", false)]
    [TestCase("0.0.0.0/0", "127.0.0.1", true)]
    [TestCase("0.0.0.0/0", "169.254.169.254", false)]
    [TestCase("169.254.0.0/16", "169.254.169.254", false)]
    [TestCase("169.254.169.254/32", "169.254.169.254", true)]
    [TestCase("0.0.0.0/0", "10.9.9.9", false, Description = "its own")]
    [TestCase("10.9.9.9", "10.9.9.9", true, Description = "its own, by name")]
    public void The_agents_own_configuration_widens_it(string allow, string address, bool passes) =>
        Assert.That(Guard(allow: allow, own: "10.9.9.9").OfAddress("", IPAddress.Parse(address)) is null, Is.EqualTo(passes));

    [TestCase("10.9.9.9")]
    [TestCase("::ffff:10.9.9.9")]
    [TestCase("64:ff9b::10.9.9.9")]
    public void An_own_address_is_refused_in_a_private_location_too(string address) =>
        Assert.That(Guard(location: LocationType.Private, own: "10.9.9.9").OfAddress("", IPAddress.Parse(address))?.Message, Does.Contain("own address"));

    [Test]
    public void What_the_orchestrator_says_does_not_count_where_the_policy_says_it()
    {
        var guard = Guard("location: cloud");
        Assert.That(guard.Locate(LocationType.Private), Is.False);
        Assert.That(guard.OfAddress("", IPAddress.Parse("10.0.0.1"))?.Reason, Is.EqualTo("address_refused"));
    }

    private static IEnumerable<TestCaseData> Checks()
    {
        static TestCaseData Row(string spec, ProbeSpec probe, string rule) => new(spec, probe, rule);
        var web = Probing.Http("https://www.shop.test/");
        yield return Row("targets: {allow: ['*.shop.test']}", web, "");
        yield return Row("targets: {allow: ['*.shop.test']}", Probing.Http("https://WWW.Shop.Test./"), "");
        yield return Row("targets: {allow: ['*.shop.test']}", Probing.Http("https://shop.test/"), "shop.test is not in targets.allow");
        yield return Row("targets: {allow: ['*.shop.test']}", Probing.Http("https://evilshop.test/"), "evilshop.test is not in targets.allow");
        yield return Row("targets: {allow: ['*']}", Probing.Http("https://8.8.8.8/"), "8.8.8.8 is not in targets.allow");
        yield return Row("targets: {allow: [8.8.8.0/24]}", Probing.Http("https://8.8.8.8/"), "");
        yield return Row("targets: {allow: [8.8.8.0/24]}", web, "");
        yield return Row("targets: {deny: [www.shop.test]}", web, "www.shop.test is in targets.deny (www.shop.test)");
        yield return Row("targets: {allow: ['*'], deny: ['*.shop.test']}", web, "www.shop.test is in targets.deny (*.shop.test)");
        yield return Row("targets: {deny: [8.0.0.0/8]}", new TcpSpec { Host = "8.8.8.8", Port = 1 }, "8.8.8.8 is in targets.deny (8.0.0.0/8)");
        yield return Row("targets: {deny: [8.0.0.0/8]}", new TcpSpec { Host = "::ffff:8.8.8.8", Port = 1 }, "8.8.8.8 is in targets.deny (8.0.0.0/8)");
        yield return Row("targets: {deny: [8.0.0.0/8]}", new TcpSpec { Host = "64:ff9b::808:808", Port = 1 }, "is in targets.deny (8.0.0.0/8)");
        yield return Row("targets: {deny: [admin.shop.test]}", web with { Headers = [new("host", "Admin.Shop.Test:8443")] }, "Admin.Shop.Test is in targets.deny");
        yield return Row("targets: {deny: [admin.shop.test]}", web with { Headers = [new("Host", "www.shop.test"), new("Host", "admin.shop.test")] }, "admin.shop.test is in targets.deny");
        yield return Row("targets: {allow: [www.shop.test]}", web with { Headers = [new("Host", "admin.shop.test")] }, "admin.shop.test is not in targets.allow");
        yield return Row("targets: {deny: [admin.shop.test]}", new TlsSpec { Host = "www.shop.test", ServerName = "admin.shop.test" }, "admin.shop.test is in targets.deny");
        yield return Row("ports: {allow: [443, 8000-8999]}", web, "");
        yield return Row("ports: {allow: [80, 8000-8999]}", web, "port 443 is not in ports.allow");
        yield return Row("ports: {deny: [400-500]}", web, "port 443 is in ports.deny (400-500)");
        yield return Row("ports: {allow: [443]}", new DnsSpec { Name = "a.test", Server = "8.8.8.8" }, "port 53 is not in ports.allow");
        yield return Row("ports: {allow: [443]}", new DnsSpec { Name = "a.test" }, "");
        yield return Row("targets: {allow: ['*.test']}", new DnsSpec { Name = "a.test" }, "");
        yield return Row("targets: {allow: ['*.test']}", new DnsSpec { Name = "a.corp" }, "a.corp is not in targets.allow");
        yield return Row("targets: {allow: [8.8.8.8]}", new DnsSpec { Name = "a.corp" }, "a.corp is not in targets.allow");
        yield return Row("targets: {allow: ['*.test']}", new DnsSpec { Name = "a.test", Server = "8.8.8.8" }, "8.8.8.8 is not in targets.allow");
        yield return Row("targets: {allow: ['*.test', 8.8.8.8]}", new DnsSpec { Name = "_sip.a.test", Server = "8.8.8.8" }, "");
        yield return Row("kinds: {allow: [tls]}", web, "kind 'http' is not in kinds.allow");
        yield return Row("kinds: {deny: [http]}", web, "kind 'http' is in kinds.deny");
        yield return Row("", Probing.Http("http://169.254.169.254/"), "cloud metadata, 169.254.169.254/32");
        yield return Row("", new DnsSpec { Name = "a.test", Server = "127.0.0.53" }, "loopback, 127.0.0.0/8");
    }

    [TestCaseSource(nameof(Checks))]
    public void A_check_is_judged_before_it_runs(string spec, ProbeSpec probe, string rule)
    {
        var refusal = Guard(spec).OfCheck(new Check { Name = "a", Probe = probe });
        Assert.That(refusal?.Message ?? "", rule.Length == 0 ? Is.Empty : Does.Contain(rule));
    }

    [Test]
    public async Task A_policy_judges_each_hop_and_each_address()
    {
        await using var inner = Testing.RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var dns = Testing.FakeDns.Of(IPAddress.Loopback);
        var resolver = new IPEndPoint(IPAddress.Loopback, dns.Port);
        await using var server = Testing.RawServer.Answering($"HTTP/1.1 302 X\r\nLocation: http://admin.shop.test:{inner.Port}/\r\n\r\n");
        foreach (var (spec, rule) in new[]
        {
            ("targets: {deny: [admin.shop.test]}", "admin.shop.test is in targets.deny"),
            ("targets: {allow: [www.shop.test]}", "admin.shop.test is not in targets.allow"),
            ($"ports: {{deny: [{inner.Port}]}}", $"port {inner.Port} is in ports.deny"),
        })
        {
            var catalog = Probing.Catalog(resolver, Guard(spec, anyAddress: true));
            var outcome = await Probing.RunAsync(catalog, Probing.Http($"http://www.shop.test:{server.Port}/"));
            Assert.That((outcome.Verdict(), outcome.Message), Is.EqualTo(("Failed/Agent/policy_denied", $"this agent's policy forbids it: {rule}")).Using<(string, string)>((a, b) => a.Item1 == b.Item1 && a.Item2.StartsWith(b.Item2, StringComparison.Ordinal)));
        }

        var blocked = Probing.Catalog(resolver, Guard("targets: {deny: [127.0.0.0/8]}", anyAddress: true));
        Assert.That((await Probing.RunAsync(blocked, Probing.Http($"http://www.shop.test:{server.Port}/"))).Verdict(), Is.EqualTo("Failed/Agent/policy_denied"));
        Assert.That((server.Connections, inner.Connections), Is.EqualTo((3, 0)));
    }

    [Test]
    public async Task A_run_that_comes_past_the_assignment_is_judged_all_the_same()
    {
        var outcome = await Probing.RunAsync(Probing.Catalog(guard: Guard("kinds: {deny: [tcp]}", anyAddress: true)), new TcpSpec { Host = "127.0.0.1", Port = 1 });
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Agent/policy_denied"));
    }
}
