using System.Net;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Api;

public sealed class DefinitionTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _api = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _orchestrator = await ApiFixture.StartAsync();
        _api = _orchestrator.Client(_orchestrator.AdminKey);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _api.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_check_is_put_read_put_back_and_deleted()
    {
        var put = await ApiFixture.ReadAsync(await _api.PutAsync("/api/v1/checks/crud", ApiFixture.Yaml(ApiFixture.Check("crud"))));
        Assert.That(put.GetProperty("created").EnumerateArray().Select(c => c.GetString()), Is.EqualTo(new[] { "check/crud" }));

        var got = await ApiFixture.ReadAsync(await _api.GetAsync("/api/v1/checks/crud"));
        Assert.That((got.GetProperty("kind").GetString(), got.GetProperty("target").GetString()), Is.EqualTo(("tcp", "shop.example.com:443")));
        var back = await ApiFixture.ReadAsync(await _api.PutAsync("/api/v1/checks/crud", ApiFixture.Json(got.GetProperty("document").GetRawText())));
        Assert.That(back.GetProperty("unchanged").GetArrayLength(), Is.EqualTo(1), "the document reads back equal");

        Assert.That((await _api.DeleteAsync("/api/v1/checks/crud")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/crud"), 404);
        await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/checks/crud"), 404);
    }

    [Test]
    public async Task A_document_of_another_name_is_refused()
    {
        var problem = await ApiFixture.ProblemAsync(await _api.PutAsync("/api/v1/checks/one", ApiFixture.Yaml(ApiFixture.Check("another"))), 400);
        var error = problem.GetProperty("errors")[0];
        Assert.That((error.GetProperty("field").GetString(), error.GetProperty("allowed").GetString()), Is.EqualTo(("metadata.name", "one")));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/another"), 404);
    }

    [Test]
    public async Task Every_mistake_has_its_place_and_nothing_is_changed()
    {
        var text = ApiFixture.Check("good") + "\n---\n" + ApiFixture.Check("bad", "  colour: red\n  timeout: 2h");
        var problem = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/apply", ApiFixture.Yaml(text)), 400);
        var errors = problem.GetProperty("errors").EnumerateArray().ToList();
        Assert.That(errors.Select(e => e.GetProperty("field").GetString()), Is.SupersetOf(new[] { "spec.colour", "spec.timeout" }));
        Assert.That(errors.Select(e => (e.GetProperty("file").GetString(), e.GetProperty("line").GetInt32() > 7, e.GetProperty("column").GetInt32() > 0)),
            Is.All.EqualTo(("body", true, true)));
        Assert.That(errors.First(e => e.GetProperty("field").GetString() == "spec.colour").GetProperty("allowed").GetString(), Does.Contain("interval"));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/good"), 404);
    }

    [Test]
    public async Task A_dry_run_tells_and_changes_nothing()
    {
        var report = await ApiFixture.ReadAsync(await _api.PostAsync("/api/v1/apply?dryRun=true", ApiFixture.Yaml(ApiFixture.Check("dry"))));
        Assert.That(report.GetProperty("dryRun").GetBoolean());
        Assert.That(report.GetProperty("created").GetArrayLength(), Is.EqualTo(1));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/dry"), 404);
    }

    [Test]
    public async Task Locations_are_put_and_listed_with_their_agents()
    {
        var body = """{"apiVersion":"probes/v1","kind":"Location","metadata":{"name":"fra"},"spec":{"type":"cloud","region":"eu-central","latitude":50.1,"longitude":8.7}}""";
        Assert.That((await _api.PutAsync("/api/v1/locations/fra", ApiFixture.Json(body))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await _orchestrator.EnrolAsync("fra", "frankfurt-1");
        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);
        var fra = await ApiFixture.ReadAsync(await _api.GetAsync("/api/v1/locations/fra"));
        Assert.That((fra.GetProperty("region").GetString(), fra.GetProperty("type").GetString(), fra.GetProperty("agents").GetInt32(), fra.GetProperty("agentsOnline").GetInt32()),
            Is.EqualTo(("eu-central", "cloud", 1, 0)));
        var agents = await ApiFixture.ReadAsync(await _api.GetAsync("/api/v1/agents"));
        Assert.That(agents.EnumerateArray().Select(a => a.GetProperty("name").GetString()), Does.Contain("frankfurt-1"));
    }

    [Test]
    public async Task A_token_is_shown_once_listed_without_its_secret_and_revoked_once()
    {
        var response = await _api.PostAsync("/api/v1/tokens", ApiFixture.Json("""{"location":"local","maxUses":3,"expiresInSeconds":3600}"""));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var made = await ApiFixture.ReadAsync(response);
        var (id, secret) = (made.GetProperty("id").GetString()!, made.GetProperty("token").GetString()!);
        var listed = await _api.GetStringAsync("/api/v1/tokens");
        Assert.That(listed, Does.Contain(id).And.Not.Contain(secret));
        Assert.That((await _api.DeleteAsync($"/api/v1/tokens/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await ApiFixture.ProblemAsync(await _api.DeleteAsync($"/api/v1/tokens/{id}"), 404);
    }

    [TestCase("""{"location":"nowhere"}""", "location")]
    [TestCase("""{"location":"local","maxUses":0}""", "maxUses")]
    [TestCase("""{"location":"local","expiresInSeconds":5}""", "expiresInSeconds")]
    [TestCase("""{}""", "location")]
    public async Task A_token_that_cannot_be_made_names_the_field(string body, string field)
    {
        var problem = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/tokens", ApiFixture.Json(body)), 400);
        Assert.That(problem.GetProperty("errors")[0].GetProperty("field").GetString(), Is.EqualTo(field));
    }

    [TestCase("""{"location":"local","colour":"red"}""", "colour")]
    [TestCase("""{"location":"local","maxUses":"many"}""", "maxUses")]
    [TestCase("""{"location":""", "")]
    [TestCase("", "")]
    public async Task A_body_that_is_not_what_is_asked_for_is_a_problem_with_words(string body, string named)
    {
        var problem = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/tokens", ApiFixture.Json(body)), 400);
        Assert.That(problem.GetProperty("detail").GetString(), Is.Not.Empty.And.Contain(named));
    }

    [Test]
    public async Task A_body_over_a_mebibyte_is_refused([Values("/api/v1/apply", "/api/v1/checks/large", "/api/v1/locations/large")] string path)
    {
        var large = ApiFixture.Yaml(ApiFixture.Check("large") + "\n#" + new string('x', 1 << 20));
        await ApiFixture.ProblemAsync(path.EndsWith("apply", StringComparison.Ordinal) ? await _api.PostAsync(path, large) : await _api.PutAsync(path, large), 413);
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("\t\u0000{{{")]
    public async Task A_body_that_defines_nothing_is_refused(string body) =>
        await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/apply", ApiFixture.Yaml(body)), 400);
}
