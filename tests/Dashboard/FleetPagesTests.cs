using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Dashboard;

/// <summary>The fleet's pages on a whole orchestrator: what their forms do is really done.</summary>
internal sealed class FleetPagesTests : DashboardTests
{
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task StartOrchestratorAsync() => _orchestrator = await RunningOrchestrator.StartAsync();

    [OneTimeTearDown]
    public async Task StopOrchestratorAsync() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task A_token_made_on_the_page_turns_green_when_its_agent_arrives()
    {
        var page = await SignInAsync("/agents/add?location=local");
        await page.ClickAsync("form.token button");
        var command = await page.Locator("#command-binary").InnerTextAsync();
        Assert.That(command, Does.StartWith("agent run --orchestrator http"));
        foreach (var way in new[] { "helm", "docker", "systemd" })
        {
            Assert.That(await page.Locator("#command-" + way).TextContentAsync(), Does.Contain("prb_"));
        }

        Assert.That(await page.Locator("#arrival").GetAttributeAsync("data-state"), Is.EqualTo("waiting"));
        await ShotAsync(page, "add-agent-waiting-1440-light");
        var token = command.Split("--token ")[1].Split(' ')[0].Trim();
        using var key = new TestAgentKey();
        using var channel = _orchestrator.Channel();
        var enrolled = await new Wire.Enrolment.EnrolmentClient(channel).EnrolAsync(key.Request(token, "arrived"));
        using var session = RunningOrchestrator.Connect(channel, enrolled.Credential);
        await session.RequestStream.WriteAsync(new Wire.AgentMessage { Hello = new Wire.Hello { Version = "0.1.0", InstanceId = "one" } });
        await page.WaitForSelectorAsync("#arrival[data-state=here]");
        Assert.That(await page.Locator("#arrival").InnerTextAsync(), Does.Contain("arrived from 127.0.0.1 is online"));
        await ShotAsync(page, "add-agent-here-1440-light");

        await page.GotoAsync("/agents?state=online");
        Assert.That(await page.Locator("tbody").InnerTextAsync(), Does.Contain("arrived").And.Contain("one minor version older"));
        await page.GotoAsync("/tokens");
        Assert.That(await page.Locator("tbody").InnerTextAsync(), Does.Contain("arrived").And.Contain("from 127.0.0.1").And.Contain("used up"));
        Assert.That(await page.ContentAsync(), Does.Not.Contain(token));
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task Without_script_an_agent_is_drained_renamed_disabled_and_deleted_and_nothing_final_happens_unasked()
    {
        var (id, _) = await _orchestrator.EnrolAsync("local", "patient");
        var page = await SignInAsync("/agents/" + id, script: false);
        await page.ClickAsync("text=Drain");
        Assert.That(await page.Locator(".states").InnerTextAsync(), Does.Contain("Drained"));
        await page.FillAsync("[name='Rename.Name']", "Not A Name");
        await page.ClickAsync("button:text-is('Rename')");
        Assert.That(await page.Locator("[role=alert]").InnerTextAsync(), Does.Contain("Nothing was changed").And.Contain("lower case"));
        await page.FillAsync("[name='Rename.Name']", "calm");
        await page.ClickAsync("button:text-is('Rename')");
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo("calm"));
        await page.ClickAsync("summary:text-is('Disable…')");
        await page.CheckAsync("[name='Disable.Sure']");
        await page.ClickAsync("button:text-is('Disable')");
        Assert.That(await page.Locator(".states").InnerTextAsync(), Does.Contain("Disabled"));

        await page.ClickAsync("summary:text-is('Delete…')");
        await page.ClickAsync("button:text-is('Delete')");
        Assert.That(_orchestrator.Get<AgentSwitch>().Find("calm"), Is.Not.Null, "the box is not ticked");
        await page.CheckAsync("[name='Delete.Sure']");
        await page.ClickAsync("button:text-is('Delete')");
        await page.ArrivesAsync("/agents");
        Assert.That(_orchestrator.Get<AgentSwitch>().Find("calm"), Is.Null);
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task Hostile_names_are_text_on_every_page_of_the_fleet()
    {
        var (id, _) = await _orchestrator.EnrolAsync("local", "soon-hostile");
        await using (var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync())
        {
            // No rule lets such a name in; were one ever stored, it must still be shown as text.
            await db.Set<AgentEntity>().Where(a => a.PublicId == id)
                .ExecuteUpdateAsync(a => a.SetProperty(x => x.Name, DashboardWorld.Hostile).SetProperty(x => x.EnrolledFrom, DashboardWorld.Hostile));
        }

        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);
        var page = await SignInAsync("/agents");
        foreach (var path in new[] { "/agents", "/agents/" + id, "/tokens", "/agents?q=" + Uri.EscapeDataString("\"><script>alert(1)</script>"), "/agents/add?location=" + Uri.EscapeDataString("\"><script>alert(1)</script>") })
        {
            await page.GotoAsync(path);
            Assert.That(await page.Locator("img[src=x]").CountAsync(), Is.Zero, path);
            Assert.That(await page.EvaluateAsync<int>("[...document.scripts].filter(s => s.textContent.includes('alert(1)')).length"), Is.Zero, path);
        }

        await page.Context.CloseAsync();
    }

    [Test]
    public async Task Filters_and_order_live_in_the_address()
    {
        var page = await OpenAsync("/agents?location=eu-west-a");
        Assert.That(await page.Locator("tbody th").AllInnerTextsAsync(), Is.EqualTo(new[] { "probe-eu-west-a" }));
        await page.GotoAsync("/agents?state=offline&sort=-name");
        Assert.That(await page.Locator("tbody th").AllInnerTextsAsync(), Is.EqualTo(new[] { "probe-af-south-b", "probe-af-south-a" }));
        Assert.That(await page.Locator("th[aria-sort=descending]").InnerTextAsync(), Does.StartWith("Agent"));
        await page.ClickAsync("thead a:has-text('Spooled')");
        Assert.That(page.Url, Does.EndWith("/agents?state=offline&sort=spool"));
        await page.GotoAsync("/agents?q=nothing-like-it");
        Assert.That(await page.Locator(".empty").InnerTextAsync(), Does.Contain("No agent is like that"));
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task Every_page_of_the_fleet_fits_its_window([Values(1440, 400)] int width, [Values(ColorScheme.Light, ColorScheme.Dark)] ColorScheme scheme)
    {
        var (id, _) = await _orchestrator.EnrolAsync("local", "shown");
        var page = await SignInAsync("/agents", width, scheme);
        foreach (var (name, path) in new[] { ("fleet", "/agents"), ("agent", "/agents/" + id), ("tokens", "/tokens"), ("add-agent", "/agents/add"), ("fleet-locations", "/locations") })
        {
            await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
            await ShotAsync(page, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
            Assert.That(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"), Is.LessThanOrEqualTo(0), $"{path} scrolls sideways");
        }

        await page.Context.CloseAsync();
    }

    private async Task<IPage> SignInAsync(string path, int width = 1440, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        var origin = _orchestrator.Http.ToString().TrimEnd('/');
        var page = await OpenAsync("/login?key=" + Uri.EscapeDataString(_orchestrator.AdminKey), width, scheme, script, origin);
        await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        return page;
    }
}
