using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>What an operator of all projects does with them.</summary>
public sealed class ProjectTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _api = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _orchestrator = await TwoProjects.StartAsync();
        _api = _orchestrator.Client(_orchestrator.AdminKey);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _api.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task The_same_name_is_another_check_in_another_project()
    {
        var red = await JsonAsync("/api/v1/checks/web?project=red");
        Assert.That((red.GetProperty("name").GetString(), red.GetProperty("project").GetString()), Is.EqualTo(("web", "red")));
        Assert.That(red.GetProperty("document").GetProperty("metadata").GetProperty("project").GetString(), Is.EqualTo("red"));
        Assert.That((await JsonAsync("/api/v1/checks/blue%2Fweb")).GetProperty("project").GetString(), Is.EqualTo("blue"), "the other way to say it");
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/web"), 404);
        Assert.That((await JsonAsync("/api/v1/checks/web/heatmap?project=red")).GetProperty("check").GetString(), Is.EqualTo("red/web"));
    }

    [Test]
    public async Task A_selected_project_narrows_every_list()
    {
        Assert.That(await NamesAsync("/api/v1/checks?project=red"), Does.Contain("red/web").And.All.StartsWith("red/"));
        Assert.That(await NamesAsync("/api/v1/checks"), Is.SupersetOf(new[] { "red/web", "blue/web" }));
        Assert.That(await NamesAsync("/api/v1/locations?project=blue"), Does.Contain("blue/eu").And.All.StartsWith("blue/"));
        Assert.That(await NamesAsync("/api/v1/locations?project=default"), Is.EqualTo(new[] { "default/local" }));
        var problem = await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks?project=green"), 404);
        Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo("there is no project 'green'"));
    }

    [Test]
    public async Task A_document_that_does_not_say_is_of_the_selected_project_and_one_of_no_project_is_refused_at_its_place()
    {
        var applied = await ApiFixture.ReadAsync(await _api.PostAsync("/api/v1/apply?project=red&dryRun=true", ApiFixture.Yaml(ApiFixture.Check("said-nothing"))));
        Assert.That(applied.GetProperty("created")[0].GetString(), Is.EqualTo("check/red/said-nothing"));
        var problem = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Location("green", "eu"))), 400);
        var error = problem.GetProperty("errors").EnumerateArray().Single();
        Assert.That((error.GetProperty("field").GetString(), error.GetProperty("message").GetString(), error.GetProperty("line").GetInt32()),
            Is.EqualTo(("metadata.project", "there is no project 'green'", 3)));
        Assert.That(error.GetProperty("allowed").GetString(), Does.StartWith("blue, default, ").And.Contains("red"));
    }

    [Test]
    public async Task Another_projects_location_may_be_named_while_it_is_shared()
    {
        var own = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Check("red", "far", "blue/eu"))), 400);
        var none = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Check("red", "far", "blue/no"))), 400);
        Assert.That(own.GetProperty("detail").GetString()!.Replace("blue/eu", "blue/no", StringComparison.Ordinal), Is.EqualTo(none.GetProperty("detail").GetString()),
            "one that is not shared reads like one that is not there");

        await TwoProjects.SucceedAsync(_api.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Location("blue", "open", "{shared: true}") + "---\n" + TwoProjects.Check("red", "far", "blue/open"))));
        Assert.That(_orchestrator.Catalog.Current.Runs(_orchestrator.Catalog.Current.Checks["red/far"].Check, "blue/open"));
        var kept = await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/locations/open?project=blue"), 409);
        Assert.That(kept.GetProperty("uses").EnumerateArray().Single().GetString(), Is.EqualTo("checks of other projects, as it is shared"));

        await TwoProjects.SucceedAsync(_api.PutAsync("/api/v1/locations/open?project=blue", ApiFixture.Yaml(TwoProjects.Location("blue", "open"))));
        Assert.That(_orchestrator.Catalog.Current.Runs(_orchestrator.Catalog.Current.Checks["red/far"].Check, "blue/open"), Is.False, "whose place it is decides who runs there");
        await TwoProjects.SucceedAsync(_api.DeleteAsync("/api/v1/locations/open?project=blue"));
        await TwoProjects.SucceedAsync(_api.DeleteAsync("/api/v1/checks/far?project=red"));
    }

    [Test]
    public async Task A_project_is_made_described_and_deleted_once_it_is_empty()
    {
        await TwoProjects.SucceedAsync(_api.PutAsync("/api/v1/projects/brief", ApiFixture.Json("""{"description": "for a while"}""")));
        await TwoProjects.SucceedAsync(_api.PostAsync("/api/v1/apply?project=brief", ApiFixture.Yaml(ApiFixture.Check("one"))));
        var brief = await JsonAsync("/api/v1/projects/brief");
        Assert.That((brief.GetProperty("description").GetString(), brief.GetProperty("checks").GetInt32()), Is.EqualTo(("for a while", 1)));

        var kept = await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/projects/brief"), 409);
        Assert.That(kept.GetProperty("uses").EnumerateArray().Single().GetString(), Is.EqualTo("check/brief/one"));
        await TwoProjects.SucceedAsync(_api.DeleteAsync("/api/v1/checks/one?project=brief"));
        await TwoProjects.SucceedAsync(_api.DeleteAsync("/api/v1/projects/brief"));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/projects/brief"), 404);
        await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/projects/brief"), 404);
        await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/projects/default"), 409);

        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        var seen = await db.Set<AuditEntity>().Where(a => a.Target == "project/brief").OrderBy(a => a.Id).Select(a => new { a.Action, a.Project }).ToListAsync();
        Assert.That(seen.Select(a => (a.Action, a.Project)), Is.EqualTo(new[] { ("project.create", (string?)"brief"), ("project.delete", "brief") }));
    }

    [TestCase("Red")]
    [TestCase("a_b")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        var problem = await ApiFixture.ProblemAsync(await _api.PutAsync($"/api/v1/projects/{name}", ApiFixture.Json("{}")), 400);
        Assert.That(problem.GetProperty("field").GetString(), Is.EqualTo("project"));
    }

    [Test]
    public async Task A_location_is_deleted_once_no_check_and_no_agent_uses_it_and_its_tokens_end()
    {
        await TwoProjects.SucceedAsync(_api.PostAsync("/api/v1/apply?project=red", ApiFixture.Yaml(TwoProjects.Location("red", "old") + "---\n" + TwoProjects.Check("red", "there", "old"))));
        await _orchestrator.EnrolAsync("red/old", "one");
        var kept = await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/locations/old?project=red"), 409);
        Assert.That(kept.GetProperty("uses").EnumerateArray().Select(u => u.GetString()), Is.EqualTo(new[] { "check/red/there", "agent/red/one" }));

        await TwoProjects.SucceedAsync(_api.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Location("red", "older"))));
        var token = await ApiFixture.ReadAsync(await _api.PostAsync("/api/v1/tokens?project=red", ApiFixture.Json("""{"location": "older"}""")));
        Assert.That(token.GetProperty("location").GetString(), Is.EqualTo("red/older"));
        await TwoProjects.SucceedAsync(_api.DeleteAsync("/api/v1/locations/older?project=red"));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/locations/older?project=red"), 404);
        await ApiFixture.ProblemAsync(await _api.DeleteAsync("/api/v1/locations/older?project=red"), 404);
        var tokens = await JsonAsync("/api/v1/tokens?project=red");
        Assert.That(tokens.EnumerateArray().Single(t => t.GetProperty("location").GetString() == "red/older").GetProperty("state").GetString(), Is.EqualTo("revoked"));
    }

    private async Task<JsonElement> JsonAsync(string path) => JsonElement.Parse(await TwoProjects.TextAsync(_api.GetAsync(path)));

    private async Task<IEnumerable<string>> NamesAsync(string path) =>
        (await JsonAsync(path)).EnumerateArray().Select(t => $"{t.GetProperty("project").GetString()}/{t.GetProperty("name").GetString()}");
}
