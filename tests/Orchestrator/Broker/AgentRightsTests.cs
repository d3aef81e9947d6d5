using System.Net;
using Probes.Orchestrator.Broker;
using Probes.Orchestrator.Enrolment;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Broker;

public sealed class AgentRightsTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _broker = null!;
    private (string PublicId, string Credential) _agent;

    [OneTimeSetUp]
    public async Task Start()
    {
        var auth = $"http://127.0.0.1:{FreePort.Next()}";
        _orchestrator = await RunningOrchestrator.StartAsync(("Broker:AuthUrl", auth), ("Broker:AuthSecret", "0123456789abcdef"));
        _broker = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"{auth}/0123456789abcdef/auth/") };
        _agent = await _orchestrator.EnrolAsync("local");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _broker.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task An_agent_logs_in_with_its_own_id_and_credential_only()
    {
        var other = await _orchestrator.EnrolAsync("local");
        Assert.That(await AskAsync("user", ("username", _agent.PublicId), ("password", _agent.Credential)), Is.EqualTo("allow"));
        Assert.That(await AskAsync("user", ("username", other.PublicId), ("password", _agent.Credential)), Is.EqualTo("deny"));
        Assert.That(await AskAsync("user", ("username", _agent.PublicId), ("password", "")), Is.EqualTo("deny"));
        Assert.That(await AskAsync("user", ("username", "guest"), ("password", "guest")), Is.EqualTo("deny"));
        Assert.That(await AskAsync("user"), Is.EqualTo("deny"));
    }

    [TestCase("exchange", "probes.results", "write", ExpectedResult = "allow")]
    [TestCase("exchange", "probes.results", "configure", ExpectedResult = "deny")]
    [TestCase("exchange", "probes.results", "read", ExpectedResult = "deny")]
    [TestCase("exchange", "probes.dead", "write", ExpectedResult = "deny")]
    [TestCase("exchange", "", "write", ExpectedResult = "deny")]
    [TestCase("exchange", "amq.default", "write", ExpectedResult = "deny")]
    [TestCase("queue", "probes.results", "write", ExpectedResult = "deny")]
    [TestCase("queue", "probes.ingest", "read", ExpectedResult = "deny")]
    [TestCase("queue", "probes.ingest", "configure", ExpectedResult = "deny")]
    [TestCase("shovel", "probes.results", "write", ExpectedResult = "deny")]
    public Task<string> Nothing_is_permitted_but_writing_to_the_one_exchange(string resource, string name, string permission) => AskAsync(
        "resource", ("username", _agent.PublicId), ("vhost", "/"), ("resource", resource), ("name", name), ("permission", permission));

    [Test]
    public async Task Another_virtual_host_and_a_stranger_are_denied()
    {
        Assert.That(await AskAsync("vhost", ("username", _agent.PublicId), ("vhost", "/"), ("ip", "192.0.2.1")), Is.EqualTo("allow"));
        Assert.That(await AskAsync("vhost", ("username", _agent.PublicId), ("vhost", "other"), ("ip", "192.0.2.1")), Is.EqualTo("deny"));
        Assert.That(await AskAsync("vhost", ("username", "nobody"), ("vhost", "/"), ("ip", "192.0.2.1")), Is.EqualTo("deny"));
    }

    [Test]
    public async Task A_disabled_agent_is_denied_everything_at_once()
    {
        var agent = await _orchestrator.EnrolAsync("local");
        await _orchestrator.ChangeAsync(agent.PublicId, new AgentChange(Disabled: true));
        Assert.That(await AskAsync("user", ("username", agent.PublicId), ("password", agent.Credential)), Is.EqualTo("deny"));
        Assert.That(await AskAsync("vhost", ("username", agent.PublicId), ("vhost", "/")), Is.EqualTo("deny"));
        Assert.That(
            await AskAsync("resource", ("username", agent.PublicId), ("vhost", "/"), ("resource", "exchange"), ("name", "probes.results"), ("permission", "write")),
            Is.EqualTo("deny"));
    }

    [Test]
    public async Task Questions_are_answered_on_their_own_listener_and_path_only()
    {
        using var people = _orchestrator.Client(_orchestrator.AdminKey);
        Assert.That((await people.PostAsync("/0123456789abcdef/auth/user", new FormUrlEncodedContent([]))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _broker.PostAsync("/auth/user", new FormUrlEncodedContent([]))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _broker.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await (await _broker.PostAsync("user", new StringContent("{}"))).Content.ReadAsStringAsync(), Is.EqualTo("deny"));
    }

    [TestCase("amqp://u:p@mq.example.com/probes", ExpectedResult = "probes")]
    [TestCase("amqp://mq.example.com/a%2Fb", ExpectedResult = "a/b")]
    [TestCase("amqp://mq.example.com", ExpectedResult = "/")]
    [TestCase("", ExpectedResult = "/")]
    public string The_virtual_host_is_that_of_the_address(string address) => AgentRights.VhostOf(address);

    private async Task<string> AskAsync(string question, params (string Key, string Value)[] form)
    {
        using var reply = await _broker.PostAsync(question, new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Key, f.Value))));
        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await reply.Content.ReadAsStringAsync();
    }
}
