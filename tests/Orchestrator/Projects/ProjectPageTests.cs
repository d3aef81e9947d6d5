using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>What a browser without script is shown, and what its forms do.</summary>
public sealed partial class ProjectPageTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _admin = null!;
    private HttpClient _red = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _orchestrator = await TwoProjects.StartAsync();
        _admin = Browser(_orchestrator.AdminKey);
        using var api = _orchestrator.Client(_orchestrator.AdminKey);
        var key = await ApiFixture.ReadAsync(await api.PostAsync("/api/v1/keys", ApiFixture.Json("""{"name": "red", "role": "admin", "project": "red"}""")));
        _red = Browser(key.GetProperty("key").GetString()!);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _admin.Dispose();
        _red.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task The_switch_is_made_of_links_and_the_selected_project_stays_in_every_link()
    {
        var all = await _admin.GetStringAsync("/");
        Assert.That(Hrefs(all), Is.SupersetOf(new[] { "/?project=red", "/?project=blue", "/?project=default", "/checks/web?project=red", "/checks/web?project=blue", "/agents" }));
        var red = await _admin.GetStringAsync("/?project=red");
        Assert.That(Hrefs(red), Is.SupersetOf(new[] { "/", "/?project=blue", "/checks/web?project=red", "/agents?project=red", "/incidents?project=red", "/add?project=red" }).And.Not.Contain("/checks/web?project=blue"));
        var check = await _admin.GetStringAsync("/checks/web?project=red");
        Assert.That(check, Does.Contain(">web</h1>").And.Contain("data-live-check=\"red/web\"").And.Contain("\"project\": \"red\"").Or.Contain("&quot;project&quot;: &quot;red&quot;"));
        Assert.That(Hrefs(check), Does.Contain("/locations?project=red").And.Contain("/?project=blue"), "to another project from a page of one check leads to its overview");
        Assert.That((await _admin.GetAsync("/?project=green")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Whoever_is_bound_to_a_project_has_no_switch_and_needs_no_query()
    {
        var home = await _red.GetStringAsync("/");
        Assert.That(home, Does.Not.Contain("blue").And.Not.Contain("class=\"projects\""));
        Assert.That(await _red.GetStringAsync("/checks/web"), Does.Contain(">web</h1>"));
        var projects = await _red.GetStringAsync("/projects");
        Assert.That(projects, Does.Contain(">red<").And.Not.Contain("blue").And.Not.Contain("Add a project"));
    }

    [Test]
    public async Task Forms_reach_no_other_project()
    {
        var token = await PostAsync(_red, "/agents/add", "new-token", ("Input.Location", "blue/eu"), ("Input.Uses", "1"), ("Input.Hours", "1"));
        Assert.That(token, Does.Not.Contain("prb_").And.Contain("there is no project &#x27;blue&#x27;"));
        var own = await PostAsync(_red, "/agents/add", "new-token", ("Input.Location", "eu"), ("Input.Uses", "1"), ("Input.Hours", "1"));
        Assert.That(own, Does.Contain("prb_"));
        await PostAsync(_red, "/add", "add-url", ("Input.Url", "https://new.example.com/"), ("Input.Seconds", "30"));
        Assert.That(_orchestrator.Catalog.Current.Checks.Keys, Does.Contain("red/new-example-com"));
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        Assert.That(await db.Set<TokenEntity>().Select(t => t.Location).ToListAsync(), Is.EqualTo(new[] { "red/eu" }));
    }

    [Test]
    public async Task A_project_is_made_and_deleted_on_its_page()
    {
        Assert.That(await PostAsync(_admin, "/projects", "new-project", ("Made.Name", "A b"), ("Made.Description", "")), Does.Contain("is not a project&#x27;s name"));
        Assert.That(await PostAsync(_admin, "/projects", "new-project", ("Made.Name", "paged"), ("Made.Description", "by page")), Does.Contain("/?project=paged").And.Contain("by page"));
        Assert.That(await PostAsync(_admin, "/projects", "delete-project", ("Gone.Name", "red")), Does.Contain("Project red stays: check/red/"));
        Assert.That(await PostAsync(_admin, "/projects", "delete-project", ("Gone.Name", "paged")), Does.Not.Contain("paged"));
    }

    private HttpClient Browser(string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = _orchestrator.Http };
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {key}");
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        return client;
    }

    private static async Task<string> PostAsync(HttpClient browser, string path, string form, params (string Name, string Value)[] fields)
    {
        var token = Antiforgery().Match(await browser.GetStringAsync(path)).Groups[1].Value;
        using var body = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Append(new("_handler", form)).Append(new("__RequestVerificationToken", token)));
        using var answer = await browser.PostAsync(path, body);
        return answer.Headers.Location is { } there ? await browser.GetStringAsync(there) : await answer.Content.ReadAsStringAsync();
    }

    private static IEnumerable<string> Hrefs(string page) => Links().Matches(page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).Distinct();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Links();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]*)\"")]
    private static partial Regex Antiforgery();
}
