using System.Net;
using System.Text;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

/// <summary>What is too large is refused with a 4xx and changes nothing; the orchestrator goes on.</summary>
public sealed class OversizeTests
{
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [TestCase("POST", "/api/v1/apply", 2 << 20)]
    [TestCase("PUT", "/api/v1/checks/big", 2 << 20)]
    [TestCase("PUT", "/api/v1/locations/big", 2 << 20)]
    [TestCase("POST", "/api/v1/keys", 2 << 20)]
    [TestCase("POST", "/api/v1/tokens", 2 << 20)]
    public async Task A_body_beyond_its_bound_is_413(string method, string path, int size)
    {
        using var client = _orchestrator.Client(_orchestrator.AdminKey);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = ApiFixture.Json($"{{\"name\":\"{new string('x', size)}\"}}") };
        using var response = await client.SendAsync(request);
        await ApiFixture.ProblemAsync(response, 413);
    }

    [Test]
    public async Task A_sign_in_form_beyond_its_bound_is_413_whether_it_says_its_length_or_not()
    {
        using var visitor = new Visitor(_orchestrator);
        using var large = await visitor.SignInAsync(new string('x', 1 << 20));
        Assert.That(large.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        var body = new PushStream("key=" + new string('x', 1 << 20));
        body.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var chunked = await visitor.PostAsync("/login", body);
        Assert.That(chunked.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Deep_JSON_and_many_aliases_are_refused_and_not_followed()
    {
        using var client = _orchestrator.Client(_orchestrator.AdminKey);
        using var deep = await client.PostAsync("/api/v1/keys", ApiFixture.Json(string.Concat(Enumerable.Repeat("{\"a\":", 5_000)) + "1" + new string('}', 5_000)));
        await ApiFixture.ProblemAsync(deep, 400);
        var bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (var c = 'b'; c <= 'i'; c++)
        {
            bomb.Append(c).Append(": &").Append(c).Append(" [").AppendJoin(',', Enumerable.Repeat("*" + (char)(c - 1), 9)).Append("]\n");
        }

        using var laughs = await client.PostAsync("/api/v1/apply", ApiFixture.Yaml(bomb.ToString()));
        await ApiFixture.ProblemAsync(laughs, 400);
    }

    [TestCase("/api/v1/audit?actor=", 257, 400)]
    [TestCase("/api/v1/results?check=", 5_000, 404)]
    [TestCase("/api/v1/checks/", 5_000, 404)]
    [TestCase("/?x=", 100_000, 414)]
    public async Task A_long_address_is_refused(string path, int length, int status)
    {
        using var client = _orchestrator.Client(_orchestrator.AdminKey);
        using var response = await client.GetAsync(path + new string('x', length));
        Assert.That((int)response.StatusCode, Is.EqualTo(status).Or.EqualTo(400));
    }

    [Test]
    public async Task Long_and_many_headers_cookies_and_keys_are_refused()
    {
        using var stranger = _orchestrator.Client(null);
        foreach (var (name, value, status) in new[] { ("X-Long", new string('x', 100_000), 431), ("Authorization", "Bearer prk_" + new string('x', 20_000), 401), ("Cookie", "probes=" + new string('x', 20_000), 401) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/checks");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await stranger.SendAsync(request);
            Assert.That((int)response.StatusCode, Is.EqualTo(status), name);
        }

        using var healthy = await stranger.GetAsync("/healthz");
        Assert.That(healthy.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>A body that does not say how long it is.</summary>
    private sealed class PushStream(string text) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
