using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;
using Location = Probes.Contracts.Checks.Location;
using OidcProvider = Probes.Tests.Testing.OidcProvider;

namespace Probes.Tests.Orchestrator.Access;

/// <summary>Every page of the whole orchestrator in a real browser, with names that are markup: nothing runs, and nothing breaks the content security policy.</summary>
public sealed class BrowserTests
{
    private const string Hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'";

    private static readonly string[] Pages =
        ["/", "/incidents", "/incidents/1", "/agents", "/locations", "/settings", "/users", "/audit", "/projects", "/add", "/dead-letters", "/nowhere", "/checks/shop", "/checks/" + Hostile, "/audit?actor=" + Hostile, "/audit?from=" + Hostile];

    private readonly List<string> _complaints = [];
    private OidcProvider _provider = null!;
    private RunningOrchestrator _orchestrator = null!;
    private BrowserFixture _browser = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _provider = await OidcProvider.StartAsync();
        _provider.Person = new() { ["sub"] = Hostile, ["name"] = Hostile };
        _orchestrator = await RunningOrchestrator.StartAsync(
            ("Oidc:Authority", _provider.Issuer), ("Oidc:ClientId", OidcProvider.ClientId), ("Oidc:ClientSecret", OidcProvider.ClientSecret), ("Oidc:DefaultRole", "viewer"));
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop") with { Description = Hostile });
        await PlantAsync();
        _browser = await BrowserFixture.StartAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _browser.DisposeAsync();
        await _orchestrator.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [SetUp]
    public void Forget() => _complaints.Clear();

    [Test]
    public async Task No_page_runs_what_a_name_carries_or_breaks_its_policy()
    {
        var page = await OpenAsync();
        await SignInAsync(page, _orchestrator.AdminKey);
        foreach (var path in Pages)
        {
            await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
            Assert.That(await page.Locator("img[src=x]").CountAsync(), Is.Zero, path);
            Assert.That(await page.EvaluateAsync<int>("[...document.scripts].filter(s => !s.src && s.type !== 'application/json').length"), Is.Zero, path);
        }

        await page.GotoAsync("/users");
        Assert.That(await page.Locator("table").Last.InnerTextAsync(), Does.Contain(Hostile), "shown as text");
        await page.GotoAsync("/audit");
        Assert.That(await page.Locator("table").InnerTextAsync(), Does.Contain(Hostile));
        foreach (var details in await page.Locator("details summary").AllAsync())
        {
            await details.ClickAsync();
        }

        Assert.That(_complaints.Where(c => !c.Contains("404", StringComparison.Ordinal) && !c.Contains("400", StringComparison.Ordinal)), Is.Empty);
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task A_person_signs_in_at_the_provider_sees_what_a_viewer_sees_and_signs_out()
    {
        var page = await OpenAsync();
        await page.GotoAsync("/agents");
        await page.ClickAsync("a.provider");
        await page.ArrivesAsync("/agents");
        Assert.That(await page.Locator(".who").InnerTextAsync(), Does.Contain(Hostile).And.Contain("viewer"));
        Assert.That(await page.Locator("a[href^='/users']").CountAsync(), Is.Zero);
        Assert.That(await page.Locator("a[href^='/add']").CountAsync(), Is.Zero);
        await page.GotoAsync("/users");
        Assert.That(await page.Locator("main").InnerTextAsync(), Does.Contain("It needs the role admin"));
        await page.ClickAsync(".who button");
        await page.ArrivesAsync("/login");
        Assert.That(_complaints.Where(c => !c.Contains("403", StringComparison.Ordinal)), Is.Empty);
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task A_key_is_made_shown_once_used_and_revoked()
    {
        var page = await OpenAsync();
        await SignInAsync(page, _orchestrator.AdminKey);
        await page.GotoAsync("/users");
        await page.FillAsync("input[name='Made.Name']", "from the page");
        await page.SelectOptionAsync("select[name='Made.Role']", "editor");
        await page.ClickAsync("form.new button");
        var key = (await page.Locator(".made code").InnerTextAsync()).Trim();
        Assert.That(_orchestrator.Get<ApiKeys>().Check(key)?.Role, Is.EqualTo(Role.Editor));
        await page.GotoAsync("/users");
        Assert.That(await page.ContentAsync(), Does.Not.Contain(key));
        await page.ClickAsync("button[aria-label='Revoke from the page']");
        await page.WaitForSelectorAsync("tr:has-text('from the page'):has-text('revoked')");
        Assert.That(_orchestrator.Get<ApiKeys>().Check(key), Is.Null);
        await page.GotoAsync("/audit?action=key.");
        Assert.That(await page.Locator("table").InnerTextAsync(), Does.Contain("key.revoke").And.Contain("key.create"));
        Assert.That(_complaints, Is.Empty);
        await page.Context.CloseAsync();
    }

    private async Task<IPage> OpenAsync()
    {
        var origin = _orchestrator.Http.GetLeftPart(UriPartial.Authority);
        var context = await _browser.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = origin });
        var page = await context.NewPageAsync();
        page.Console += (_, message) => { if (message.Type is "error" or "warning") { _complaints.Add($"{page.Url} {message.Type}: {message.Text}"); } };
        page.PageError += (_, error) => _complaints.Add($"{page.Url} page: {error}");
        page.Dialog += (_, dialog) => _complaints.Add($"{page.Url} dialog: {dialog.Message}");
        return page;
    }

    private static async Task SignInAsync(IPage page, string key)
    {
        await page.GotoAsync("/login");
        await page.FillAsync("#key", key);
        await page.ClickAsync("button");
        await page.ArrivesAsync(url => !url.Contains("/login", StringComparison.Ordinal));
    }

    // No rule lets such names in; were one ever stored, it must still be shown as text.
    private async Task PlantAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        await _orchestrator.Get<ApiKeys>().CreateAsync(Hostile, Role.Viewer, null, null, Hostile, CancellationToken.None);
        await using (var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync())
        {
            db.Add(new UserEntity { Issuer = Hostile, Subject = Hostile + "2", Name = Hostile, Role = "viewer", FirstSeenAt = now, LastSeenAt = now });
            db.Add(new AgentEntity { PublicId = new string('a', 26), Name = Hostile, Location = Hostile, CredentialHash = [1], EnrolledAt = now, Version = Hostile });
            db.Add(new LocationEntity { Name = Hostile, Document = CheckDocuments.Write(new Location { Name = Hostile }), UpdatedAt = now });
            db.Add(new CheckEntity { Name = Hostile, Document = CheckDocuments.Write(RunningOrchestrator.TcpCheck(Hostile)), UpdatedAt = now });
            var incident = new IncidentEntity { Project = "default", Culprit = "route", Target = Hostile, Region = Hostile, Level = "down", StartedAt = now, Summary = Hostile, UpdatedAt = now };
            db.Add(incident);
            await db.SaveChangesAsync();
            db.Add(new ImpactEntity { IncidentId = incident.Id, Check = "shop", Region = Hostile, Level = "down", StartedAt = now, Summary = Hostile, Evidence = "{}", UpdatedAt = now });
            db.Add(new IncidentEventEntity { IncidentId = incident.Id, At = now, Kind = "opened", Actor = Hostile, Text = Hostile });
            db.Add(new ProjectEntity { Name = Hostile, Description = Hostile, CreatedAt = now });
            await db.SaveChangesAsync();
        }

        await _orchestrator.Get<Audit>().WriteAsync(new Caller(Hostile, Hostile, null, null, Hostile), Hostile, Hostile, Hostile + "\nsame", "same\n" + Hostile, CancellationToken.None);
        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);
    }
}
