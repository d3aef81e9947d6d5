using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Enrolment;
using Probes.Tests.Agent.Session;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>An agent as a process of its own whose orchestrator has a name that only the proxy knows.</summary>
public sealed class ProxyTests
{
    private const string Name = "probes.example.test";
    private const string User = "agent 7:p@ss/w0rd";
    private const string UserInUrl = "agent%207:p%40ss%2Fw0rd";

    private readonly List<ProductProcess> _agents = [];
    private string _folder = "";
    private X509Certificate2 _root = null!;
    private RunningOrchestrator _orchestrator = null!;

    private string Ca => Path.Combine(_folder, "ca.pem");

    private string Authority => $"{Name}:{_orchestrator.Grpc.Port}";

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-proxy-").FullName;
        _root = TestCertificates.Root();
        await File.WriteAllTextAsync(Ca, _root.ExportCertificatePem());
        using var made = TestCertificates.Make(Name, TimeSpan.FromDays(10), _root);
        var (certificate, key) = (Path.Combine(_folder, "server.pem"), Path.Combine(_folder, "server.key"));
        await File.WriteAllTextAsync(certificate, made.ExportCertificatePem());
        await File.WriteAllTextAsync(key, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _orchestrator = await RunningOrchestrator.StartAsync(
            ("Grpc:Url", "https://127.0.0.1:0"), ("Grpc:CertificateFile", certificate), ("Grpc:KeyFile", key));
    }

    [TearDown]
    public async Task TearDown()
    {
        _agents.ForEach(a => a.Dispose());
        _agents.Clear();
        await _orchestrator.DisposeAsync();
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("http", true)]
    [TestCase("http", false)]
    [TestCase("https", true)]
    [TestCase("socks5", true)]
    [TestCase("socks5", false)]
    public async Task Enrolment_session_and_results_go_through_the_proxy_and_checks_do_not(string kind, bool asks)
    {
        using var certificate = TestCertificates.Make("127.0.0.1", TimeSpan.FromDays(10), _root);
        await using var connect = kind == "socks5" ? null : new ConnectProxy(asks ? User : null, kind == "https" ? certificate : null);
        await using var socks = kind == "socks5" ? new SocksProxy(asks ? User : null) : null;
        var tunnels = connect?.Tunnels ?? socks!.Tunnels;
        await using var target = new RawServer((_, _) => Task.CompletedTask);
        var check = RunningAgent.TcpCheck("direct", target.Port) with { Locations = ["local"] };
        await _orchestrator.ApplyAsync(check);

        var agent = await StartAsync($"{kind}://{(asks ? UserInUrl + "@" : "")}127.0.0.1:{connect?.Port ?? socks!.Port}");
        await StoredAsync(agent, check, 3);

        Assert.That(target.Connections, Is.GreaterThanOrEqualTo(3));
        Assert.That(tunnels.Asked, Is.All.EqualTo(Authority));
        Assert.That((await AgentAsync()).GetProperty("transport").GetString(), Is.EqualTo("relay"));
        Assert.That(agent.Output, Does.Contain($"through the proxy {kind}://127.0.0.1:").And.Not.Contain("p@ss").And.Not.Contain("p%40ss"));
    }

    [Test]
    public async Task A_broken_proxy_is_come_back_from_with_every_result()
    {
        await using var proxy = new ConnectProxy();
        await using var target = new RawServer((_, _) => Task.CompletedTask);
        var check = RunningAgent.TcpCheck("direct", target.Port) with { Locations = ["local"] };
        await _orchestrator.ApplyAsync(check);
        var agent = await StartAsync($"http://127.0.0.1:{proxy.Port}");
        await StoredAsync(agent, check, 2);
        var before = proxy.Tunnels.Asked.Count;
        proxy.Tunnels.Cut();
        await StoredAsync(agent, check, 8);
        Assert.That(proxy.Tunnels.Asked, Has.Count.GreaterThan(before));

        // Batches may arrive out of order, and a busy machine misses runs, which the agent counts itself.
        await Poll.UntilAsync(async () =>
        {
            var due = await StoredAsync(agent, check, 8);
            Assert.That(due, Is.Unique, "each due time once");
            var missing = (due.Max() - due.Min()).TotalSeconds + 1 - due.Count;
            return missing <= (await AgentAsync()).GetProperty("runsMissed").GetInt64();
        }, TimeSpan.FromSeconds(20), "every due time is stored");
    }

    [Test]
    public async Task A_socks_proxy_carries_clear_text_too()
    {
        await using var plain = await RunningOrchestrator.StartAsync();
        await using var socks = new SocksProxy();
        var (_, token) = await plain.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        var agent = ProductProcess.Start("agent", _folder,
            ["run", "--orchestrator", $"http://127.0.0.1:{plain.Grpc.Port}", "--token", token, "--data", Path.Combine(_folder, "b"), "--proxy", $"socks5://127.0.0.1:{socks.Port}"]);
        _agents.Add(agent);
        await RunningAgent.Until(() => agent.Output.Contains("Connected as", StringComparison.Ordinal), "the agent connects");
        Assert.That(socks.Tunnels.Asked, Is.Not.Empty.And.All.EqualTo($"127.0.0.1:{plain.Grpc.Port}"));
    }

    [Test]
    public async Task A_proxy_that_says_nothing_is_given_up()
    {
        await using var silent = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var agent = await StartAsync($"http://127.0.0.1:{silent.Port}");
        await RunningAgent.Until(() => agent.Output.Contains("Not enrolled yet", StringComparison.Ordinal), "the agent tells");
        Assert.That(agent.Output, Does.Contain("through the proxy"));
    }

    [TestCase("http", "407")]
    [TestCase("socks5", "socks5://127.0.0.1")]
    public async Task A_wrong_password_is_told_and_not_shown(string kind, string told)
    {
        await using var connect = new ConnectProxy(User);
        await using var socks = new SocksProxy(User);
        var agent = await StartAsync($"{kind}://agent%207:hunter2@127.0.0.1:{(kind == "http" ? connect.Port : socks.Port)}");
        await RunningAgent.Until(() => agent.Output.Contains("Not enrolled yet", StringComparison.Ordinal), "the agent tells");
        Assert.That(agent.Output, Does.Contain(told).And.Contain("through the proxy").And.Not.Contain("hunter2"));
        Assert.That(connect.Tunnels.Refused + socks.Tunnels.Refused, Is.Positive);
        Assert.That(agent.HasExited, Is.False, "it tries again");
    }

    [Test]
    public async Task A_proxy_that_answers_in_the_orchestrators_place_gets_no_token()
    {
        using var others = TestCertificates.Root();
        using var forged = TestCertificates.Make(Name, TimeSpan.FromDays(10), others);
        var heard = 0;
        await using var impostor = TestCertificates.Serve(forged, async (stream, ct) => heard += await stream.ReadAsync(new byte[1000], ct));
        await using var proxy = new ConnectProxy();
        proxy.Tunnels.Diversion = impostor.Port;
        var agent = await StartAsync($"http://127.0.0.1:{proxy.Port}");
        await RunningAgent.Until(() => agent.Output.Contains("Not enrolled yet", StringComparison.Ordinal), "the agent tells");
        Assert.That(agent.Output, Does.Contain("certificate"));
        Assert.That(impostor.Connections, Is.Positive);
        Assert.That(heard, Is.Zero);
    }

    [TestCase("127.0.0.1", false, TestName = "An_https_proxy_of_an_unknown_root_gets_no_password")]
    [TestCase("other.example.test", true, TestName = "An_https_proxy_of_another_name_gets_no_password")]
    public async Task An_https_proxy_is_verified(string name, bool known)
    {
        using var others = TestCertificates.Root();
        using var certificate = TestCertificates.Make(name, TimeSpan.FromDays(10), known ? _root : others);
        await using var proxy = new ConnectProxy(User, certificate);
        var agent = await StartAsync($"https://{UserInUrl}@127.0.0.1:{proxy.Port}");
        await RunningAgent.Until(() => agent.Output.Contains("Not enrolled yet", StringComparison.Ordinal), "the agent tells");
        Assert.That(agent.Output, Does.Contain("certificate"));
        Assert.That((proxy.Tunnels.Refused, proxy.Tunnels.Asked.Count), Is.EqualTo((0, 0)), "it heard nothing");
    }

    private async Task<ProductProcess> StartAsync(string proxy)
    {
        var (_, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        var agent = ProductProcess.Start("agent", _folder,
            ["run", "--orchestrator", $"https://{Authority}", "--name", "a", "--data", Path.Combine(_folder, "a"), "--ca", Ca, "--no-proxy", "127.0.0.1", "--allow-cidr", "127.0.0.0/8"],
            new Dictionary<string, string> { ["PROBES_PROXY"] = proxy, ["PROBES_TOKEN"] = token });
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Due times of what is stored, once there are that many.</summary>
    private async Task<List<DateTimeOffset>> StoredAsync(ProductProcess agent, Check check, int count)
    {
        using var api = _orchestrator.Client(_orchestrator.AdminKey);
        try
        {
            return await Poll.UntilAsync(async () =>
            {
                var page = await api.GetFromJsonAsync<JsonElement>($"/api/v1/results?check={check.Name}&limit=100");
                var due = page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("dueAt").GetDateTimeOffset()).ToList();
                return due.Count >= count ? due : null;
            }, TimeSpan.FromSeconds(45), "results are stored");
        }
        catch (AssertionException missing)
        {
            throw new AssertionException($"{missing.Message}\n{agent.Output}", missing);
        }
    }

    private async Task<JsonElement> AgentAsync()
    {
        using var api = _orchestrator.Client(_orchestrator.AdminKey);
        return (await api.GetFromJsonAsync<JsonElement>("/api/v1/agents")).EnumerateArray().Single();
    }
}
