using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Probes.Orchestrator.Access;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

public sealed class AccessTests
{
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task Nothing_answers_to_a_stranger_but_the_sign_in_page_assets_and_health()
    {
        using var stranger = _orchestrator.Client(null);
        var asked = 0;
        foreach (var endpoint in _orchestrator.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var path = Filled(endpoint.RoutePattern);
            if (IsOpen(path, endpoint))
            {
                continue;
            }

            var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"];
            foreach (var method in methods)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                using var response = await stranger.SendAsync(request);
                Assert.That(response.StatusCode, Is.AnyOf(HttpStatusCode.Unauthorized, HttpStatusCode.Redirect, HttpStatusCode.NotFound), $"{method} {path}");
                if (response.StatusCode == HttpStatusCode.Redirect)
                {
                    Assert.That(response.Headers.Location!.ToString(), Does.Contain("/login"), $"{method} {path}");
                }

                asked++;
            }
        }

        Assert.That(asked, Is.GreaterThan(5));
    }

    [Test]
    public async Task Scripts_get_401_as_a_problem_and_pages_lead_to_the_sign_in()
    {
        using var stranger = _orchestrator.Client(null);
        using var api = await stranger.GetAsync("/api/v1/keys");
        Assert.That(api.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(api.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        using var page = await stranger.GetAsync("/");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
        Assert.That(page.Headers.Location!.ToString(), Does.Contain("/login?returnUrl=%2F"));
    }

    [Test]
    public async Task A_key_opens_the_api_and_a_revoked_one_does_not()
    {
        var (info, secret) = await _orchestrator.Get<ApiKeys>().CreateAsync("script", CancellationToken.None);
        using var client = _orchestrator.Client(secret);
        using var before = await client.GetAsync("/api/v1/keys");
        Assert.That(before.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await before.Content.ReadAsStringAsync(), Does.Not.Contain(secret));
        using var revoked = await client.DeleteAsync($"/api/v1/keys/{info.Id}");
        Assert.That(revoked.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var after = await client.GetAsync("/api/v1/keys");
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_link_signs_in_and_leads_away_from_the_address_with_the_key()
    {
        var cookie = await SignInAsync();
        using var client = _orchestrator.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/keys");
        request.Headers.Add("Cookie", cookie);
        using var response = await client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(null, HttpStatusCode.Forbidden)]
    [TestCase("https://attacker.example.com", HttpStatusCode.Forbidden)]
    [TestCase("null", HttpStatusCode.Forbidden)]
    [TestCase("own", HttpStatusCode.Created)]
    public async Task A_change_by_cookie_must_come_from_our_own_pages(string? origin, HttpStatusCode expected)
    {
        using var client = _orchestrator.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/keys")
        {
            Content = new StringContent("{\"name\":\"made by cookie\"}", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Cookie", await SignInAsync());
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin == "own" ? _orchestrator.Http.GetLeftPart(UriPartial.Authority) : origin);
        }

        using var response = await client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_wrong_key_does_not_sign_in_and_is_gone_from_the_address()
    {
        using var client = _orchestrator.Client(null);
        using var response = await client.GetAsync($"/login?key={Secret.New(Secret.ApiKey).Text}");
        Assert.That(response.Headers.Contains("Set-Cookie"), Is.False);
        Assert.That(response.Headers.Location!.ToString(), Does.Contain("refused=key").And.Not.Contain("prk_"));
    }

    [TestCase("//attacker.example.com")]
    [TestCase("/\\attacker.example.com")]
    [TestCase("https://attacker.example.com")]
    [TestCase("")]
    [TestCase(null)]
    public void Sign_in_leads_to_own_pages_only(string? url) => Assert.That(Login.Local(url), Is.EqualTo("/"));

    [Test]
    public async Task Answers_carry_a_policy_that_allows_own_scripts_only()
    {
        using var client = _orchestrator.Client(null);
        using var response = await client.GetAsync("/login");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("script-src 'self'").And.Not.Contain("unsafe"));
        Assert.That(response.Headers.GetValues("Referrer-Policy").Single(), Is.EqualTo("same-origin"));
        Assert.That(response.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
    }

    [Test]
    public void The_first_key_is_readable_by_its_owner_only()
    {
        var file = Path.Combine(_orchestrator.Data, AdminKey.FileName);
        Assert.That(File.ReadAllText(file).Trim(), Is.EqualTo(_orchestrator.AdminKey));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task The_agents_listener_serves_no_pages_and_the_other_no_agents()
    {
        using var client = new HttpClient(new SocketsHttpHandler())
        {
            BaseAddress = _orchestrator.Grpc,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var page = await client.GetAsync("/login");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var http = _orchestrator.Client(_orchestrator.AdminKey);
        using var grpc = await http.PostAsync("/probes.v1.Enrolment/Enrol", new ByteArrayContent([]));
        Assert.That(grpc.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<string> SignInAsync()
    {
        using var client = _orchestrator.Client(null);
        using var response = await client.GetAsync($"/login?key={_orchestrator.AdminKey}");
        Assert.That(response.Headers.Location!.ToString(), Is.EqualTo("/"));
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.That(cookie, Does.Contain("samesite=strict").And.Contain("httponly"));
        return cookie.Split(';')[0];
    }

    private static bool IsOpen(string path, RouteEndpoint endpoint) =>
        path is "/login" or "/login/done" or "/healthz" or "/readyz"
        || endpoint.Metadata.Any(m => m.GetType().Name is "StaticAssetDescriptor")
        || (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null && (path.Contains('.') || path.StartsWith("/_framework", StringComparison.Ordinal)));

    private static string Filled(Microsoft.AspNetCore.Routing.Patterns.RoutePattern pattern)
    {
        var segments = pattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p =>
            p is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "1")));
        return "/" + string.Join('/', segments);
    }
}
