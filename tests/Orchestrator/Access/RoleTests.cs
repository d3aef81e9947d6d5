using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Probes.Orchestrator.Access;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

public sealed class RoleTests
{
    private RunningOrchestrator _orchestrator = null!;
    private string _viewer = "";
    private string _editor = "";

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        _viewer = (await KeyAsync("looks", Role.Viewer)).Secret;
        _editor = (await KeyAsync("works", Role.Editor)).Secret;
    }

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public void Every_endpoint_has_a_decision_about_who_may_pass()
    {
        var undecided = Walk().Where(e => RoleRule.Of(e.Endpoint, e.Method).Door == Door.Undecided).Select(e => $"{e.Method} {e.Endpoint.RoutePattern.RawText}");
        Assert.That(undecided, Is.Empty, "needs a role by its path, NeedsRole, or AllowAnonymous");
    }

    [Test]
    public void Only_what_is_named_here_is_open_to_anybody()
    {
        string[] open = ["/login", "/healthz", "/readyz", "/login/oidc", "/login/done"];
        var others = Walk().Where(e => RoleRule.Of(e.Endpoint, e.Method).Door == Door.Open)
            .Where(e => !e.Endpoint.Metadata.Any(m => m.GetType().Name == "StaticAssetDescriptor") && e.Endpoint.Metadata.GetMetadata<Grpc.AspNetCore.Server.GrpcMethodMetadata>() is null)
            .Select(e => "/" + e.Endpoint.RoutePattern.RawText!.TrimStart('/')).Except(open)
            // The broker asks these with a secret of its own.
            .Where(p => !p.StartsWith("/broker/", StringComparison.Ordinal) && !p.StartsWith("/_framework/", StringComparison.Ordinal));
        Assert.That(others, Is.Empty);
    }

    [Test]
    public async Task Nobody_gets_past_an_endpoint_that_asks_for_more_than_their_role()
    {
        var refused = 0;
        foreach (var (endpoint, method) in Walk())
        {
            var (door, needed) = RoleRule.Of(endpoint, method);
            foreach (var (role, key) in new[] { (Role.Viewer, _viewer), (Role.Editor, _editor) })
            {
                if (door != Door.Role || role >= needed)
                {
                    continue;
                }

                using var client = _orchestrator.Client(key);
                using var request = new HttpRequestMessage(new HttpMethod(method), Filled(endpoint.RoutePattern))
                {
                    Content = method == "GET" ? null : ApiFixture.Json("{}"),
                };
                using var response = await client.SendAsync(request);
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), $"{role}: {method} {endpoint.RoutePattern.RawText}");
                var problem = await ApiFixture.ProblemAsync(response, 403);
                Assert.That(problem.GetProperty("role").GetString(), Is.EqualTo(needed.Text()), $"{method} {endpoint.RoutePattern.RawText}");
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(15));
    }

    [TestCase("PUT", "/api/v1/checks/shop", "editor")]
    [TestCase("POST", "/api/v1/apply?dryRun=true", "editor")]
    [TestCase("POST", "/api/v1/tokens", "editor")]
    [TestCase("DELETE", "/api/v1/checks/shop", "editor")]
    [TestCase("GET", "/api/v1/keys", "admin")]
    [TestCase("POST", "/api/v1/keys", "admin")]
    public async Task A_viewer_cannot(string method, string path, string needed)
    {
        using var client = _orchestrator.Client(_viewer);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        using var response = await client.SendAsync(request);
        Assert.That((await ApiFixture.ProblemAsync(response, 403)).GetProperty("role").GetString(), Is.EqualTo(needed));
    }

    [Test]
    public async Task A_viewer_sees_and_an_editor_changes()
    {
        using var viewer = _orchestrator.Client(_viewer);
        Assert.That((await viewer.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await viewer.GetAsync("/")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var editor = _orchestrator.Client(_editor);
        using var put = await editor.PutAsync("/api/v1/checks/mine", ApiFixture.Yaml(ApiFixture.Check("mine")));
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await editor.GetAsync("/api/v1/keys")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_page_that_is_not_allowed_says_so_and_names_the_role()
    {
        using var client = _orchestrator.Client(_viewer);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/settings");
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("You may not do this").And.Contain("<strong>admin</strong>").And.Contain("yours is viewer"));
    }

    [Test]
    public async Task A_form_posted_by_a_viewer_is_refused_and_pages_do_not_offer_it()
    {
        using var client = _orchestrator.Client(_viewer);
        using var posted = await client.PostAsync("/add", new FormUrlEncodedContent([new("_handler", "add-url"), new("Input.Url", "https://example.com/")]));
        Assert.That(posted.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(_orchestrator.Catalog.Current.Checks.Keys, Has.None.EqualTo("example-com"));
        var page = await client.GetStringAsync("/add");
        Assert.That(page, Does.Not.Contain("add-url").And.Not.Contain("href=\"/settings\""));
    }

    private Task<(ApiKeyInfo Info, string Secret)> KeyAsync(string name, Role role) =>
        _orchestrator.Get<ApiKeys>().CreateAsync(name, role, null, null, "test", CancellationToken.None);

    private IEnumerable<(RouteEndpoint Endpoint, string Method)> Walk() =>
        _orchestrator.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST", "PUT", "DELETE"]).Where(m => m is not ("HEAD" or "OPTIONS")).Select(m => (e, m)));

    private static string Filled(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(s =>
        string.Concat(s.Parts.Select(p => p is RoutePatternLiteralPart literal ? literal.Content : "1"))));
}
