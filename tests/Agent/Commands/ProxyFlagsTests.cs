using Probes.Agent;
using Probes.Agent.Commands;
using Probes.Agent.Session;

namespace Probes.Tests.Agent.Commands;

public sealed class ProxyFlagsTests
{
    private static readonly AgentOptions Plain = new() { Orchestrator = new Uri("https://probes.example.com:5081") };

    [TestCase("http://proxy.example.com:3128", "http://proxy.example.com:3128")]
    [TestCase("proxy.example.com:3128", "http://proxy.example.com:3128")]
    [TestCase("https://u:p@proxy.example.com", "https://proxy.example.com")]
    [TestCase("socks5://proxy.example.com", "socks5://proxy.example.com:1080")]
    [TestCase("socks5h://[2001:db8::1]:9050", "socks5://[2001:db8::1]:9050")]
    public void A_proxy_is_read_and_its_password_is_not_part_of_its_address(string text, string address)
    {
        var (proxy, error) = AgentProxy.Parse(text, "");
        Assert.That(error, Is.Empty);
        Assert.That(proxy!.ToString(), Is.EqualTo(address));
    }

    [TestCase("ftp://u:hunter2@proxy.example.com")]
    [TestCase("http://u:hunter2@proxy.example.com/path")]
    [TestCase("socks4://u:hunter2@proxy.example.com:1080")]
    [TestCase("u:hunter2@:99999")]
    [TestCase("http://")]
    public void What_is_no_proxy_is_told_without_its_password(string text)
    {
        var stop = Assert.Throws<AgentStopException>(() => Add(Plain, text));
        Assert.That(stop!.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(stop.Message, Does.StartWith("--proxy: ").And.Contain("socks5://").And.Not.Contain("hunter2"));
    }

    [Test]
    public void With_a_proxy_results_go_over_gRPC()
    {
        Assert.That(Add(Plain, "http://p:1").Transport, Is.EqualTo(AgentTransport.Relay));
        Assert.That(Assert.Throws<AgentStopException>(() => Add(Plain with { Transport = AgentTransport.Amqp }, "http://p:1"))!.Message,
            Is.EqualTo("--transport amqp does not go with --proxy: AMQP goes through no proxy; let it be auto or relay"));
        Assert.That(Assert.Throws<AgentStopException>(() => Add(Plain with { BrokerUri = "amqps://mq" }, null, null, ("PROBES_PROXY", "http://p:1")))!.Message,
            Does.StartWith("--broker does not go with PROBES_PROXY"));
    }

    [Test]
    public void The_machines_proxy_is_used_for_https_and_says_nothing_of_the_broker()
    {
        var options = Add(Plain, null, null, ("HTTPS_PROXY", "http://machine:1"));
        Assert.That((options.Proxy?.ToString(), options.Transport), Is.EqualTo(("http://machine:1", AgentTransport.Auto)));
        Assert.That(Add(Plain, "http://own:1", null, ("HTTPS_PROXY", "http://machine:1")).Proxy?.ToString(), Is.EqualTo("http://own:1"));
        Assert.That(Add(Plain, null, null, ("HTTPS_PROXY", "http://machine:1"), ("NO_PROXY", "example.com")).Proxy, Is.Null);
        foreach (var local in new[] { "http://localhost:5081", "https://127.0.0.1:5081" })
        {
            Assert.That(Add(Plain with { Orchestrator = new Uri(local) }, null, null, ("HTTPS_PROXY", "http://machine:1"), ("ALL_PROXY", "http://machine:1")).Proxy, Is.Null, local);
        }
    }

    [Test]
    public void An_http_proxy_does_not_carry_clear_text_and_socks_does()
    {
        var clear = Plain with { Orchestrator = new Uri("http://10.0.0.1:5081") };
        Assert.That(Assert.Throws<AgentStopException>(() => Add(clear, "http://p:1"))!.Message, Does.Contain("carries https:// only"));
        Assert.That(Add(clear, "socks5://p").Proxy, Is.Not.Null);
        Assert.That(Add(clear, "http://p:1", "10.0.0.0/8").Proxy, Is.Null);
    }

    [TestCase("", "https://a.example.com:5081", false)]
    [TestCase("example.com", "https://a.example.com:5081", true)]
    [TestCase("EXAMPLE.com", "https://example.com", true)]
    [TestCase(".example.com", "https://a.example.com", true)]
    [TestCase("*.example.com", "https://a.example.com", true)]
    [TestCase("ample.com", "https://example.com", false)]
    [TestCase("example.com:5081", "https://example.com:5081", true)]
    [TestCase("example.com:5081", "https://example.com", false)]
    [TestCase("localhost, 10.0.0.0/8", "https://10.1.2.3:5081", true)]
    [TestCase("10.0.0.0/8", "https://11.1.2.3:5081", false)]
    [TestCase("10.1.2.3:5081", "https://10.1.2.3:5081", true)]
    [TestCase("10.1.2.3:80", "https://10.1.2.3:5081", false)]
    [TestCase("fd00::/8", "https://[fd12::1]:5081", true)]
    [TestCase("[fd12::1]:5081", "https://[fd12::1]:5081", true)]
    [TestCase("::1", "https://[::1]:5081", true)]
    [TestCase("0.0.1", "https://10.0.0.1", false)]
    [TestCase("*", "https://anything", true)]
    [TestCase(",,:, :80 ,.,", "https://anything", false)]
    public void Hosts_are_kept_from_the_proxy(string list, string orchestrator, bool direct) =>
        Assert.That(new NoProxy(list).Holds(new Uri(orchestrator)), Is.EqualTo(direct));

    private static AgentOptions Add(AgentOptions options, string? flag, string? noProxy = null, params (string Name, string Value)[] environment) =>
        ProxyFlags.Add(options, flag, noProxy, name => environment.FirstOrDefault(e => e.Name == name).Value);
}
