using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Probes.Orchestrator.Live;
using Probes.Tests.Testing;

namespace Probes.Tests.Dashboard;

internal sealed partial class CheckPageTests : DashboardTests
{
    private const string Path = "/checks/checkout-api";

    [Test]
    public async Task The_heatmap_shows_every_region_and_flags_the_degraded_one_with_its_sentence()
    {
        var page = await OpenAsync(Path);
        await ChartsAsync(page);
        foreach (var (region, _, _, _, _) in DashboardWorld.Regions)
        {
            Assert.That(await page.Locator($"#heat tr[data-region='{region}'] td").CountAsync(), Is.EqualTo(60), region);
        }

        var flag = page.Locator(".flag.degraded");
        Assert.That(await flag.InnerTextAsync(), Does.Contain("eu-west is degraded").And.Contain(DashboardWorld.DegradedSentence));
        Assert.That(await page.Locator(".flag").CountAsync(), Is.EqualTo(2), "the degraded and the down region, and no other");
        Assert.That(await page.Locator("#heat-chart canvas").CountAsync(), Is.GreaterThan(0));
    }

    [Test]
    public async Task What_regions_are_answered_is_shown_with_what_differs_marked()
    {
        var page = await OpenAsync(Path);
        var section = page.Locator("section[aria-labelledby=answers]");
        Assert.That(await section.Locator(".difference").AllInnerTextsAsync(), Has.Count.EqualTo(2)
            .And.One.Contains($"sa-east alone is shown a certificate of another issuer for shop.example.com (issued by CN=Another CA {DashboardWorld.Hostile}")
            .And.One.Contains("ap-southeast alone is still served old content of shop.example.com; 5 other regions moved on"));
        var marked = section.Locator("td.differs");
        Assert.That(await marked.CountAsync(), Is.EqualTo(2));
        Assert.That(await marked.First.InnerTextAsync(), Does.StartWith("≠").And.Contain("00aa11bb22cc33dd"), "told by a sign, not by colour alone");
        Assert.That(await section.Locator("tbody tr").First.InnerTextAsync(), Does.Contain("%"), "the cache hit ratio");
    }

    [Test]
    public async Task Runs_are_held_against_the_schedule_and_unfit_agents_are_told_of()
    {
        var page = await OpenAsync(Path);
        var rows = page.Locator("section[aria-labelledby=adherence] tbody");
        Assert.That(await rows.CountAsync(), Is.EqualTo(DashboardWorld.Regions.Length));
        var silent = rows.Filter(new LocatorFilterOptions { HasText = "af-south" });
        Assert.That(await silent.InnerTextAsync(), Does.Contain("354").And.Contain("Unknown, not healthy: af-south: 0 of 360 runs were made").And.Contain(DashboardWorld.Hostile));
        Assert.That(await rows.Filter(new LocatorFilterOptions { HasText = "us-east" }).Locator(".why").CountAsync(), Is.Zero);
        Assert.That(await page.Locator(".unfit").InnerTextAsync(), Does.Contain("eu-west-a: 1 of 1 agent unfit: resolver").And.Contain("the resolver answers nothing " + DashboardWorld.Hostile));
    }

    [Test]
    public async Task Another_metric_is_a_link_that_changes_the_address_and_the_colours()
    {
        var page = await OpenAsync(Path);
        var before = await ColoursAsync(page);
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Availability", Exact = true }).ClickAsync();
        await page.ArrivesAsync(url => url.Contains("metric=availability", StringComparison.Ordinal));
        Assert.That(await ColoursAsync(page), Is.Not.EqualTo(before));
        Assert.That(await page.Locator("nav[aria-label=Metric] a[aria-current]").InnerTextAsync(), Is.EqualTo("Availability"));
    }

    [Test]
    public async Task Without_script_all_is_there_and_a_cell_filters_the_runs()
    {
        var page = await OpenAsync(Path, script: false);
        Assert.That(await page.Locator("#heat tr[data-region=eu-west] th").IsVisibleAsync());
        await page.Locator("#heat tr[data-region=eu-west] td").Nth(57).Locator("a").ClickAsync();
        Assert.That(page.Url, Does.Contain("region=eu-west").And.Contain("at="));
        Assert.That(await page.Locator("#runs tbody tr td:nth-child(2)").AllInnerTextsAsync(), Is.All.EqualTo("eu-west").And.Not.Empty);
        await ShotAsync(page, "check-without-script");
    }

    [Test]
    public async Task Degraded_minutes_are_told_by_value_and_missing_ones_are_not_health()
    {
        var page = await OpenAsync(Path);
        Assert.That(await page.Locator("#heat tr[data-region=af-south] td.empty").CountAsync(), Is.EqualTo(60));
        Assert.That(await page.Locator("#heat tr[data-region=sa-east] td.failed").CountAsync(), Is.InRange(24, 26));
        var first = Step().Match(await page.Locator("#heat tr[data-region=eu-west] td").First.GetAttributeAsync("class") ?? "").Groups[1].Value;
        var last = Step().Match(await page.Locator("#heat tr[data-region=eu-west] td").Last.GetAttributeAsync("class") ?? "").Groups[1].Value;
        Assert.That(int.Parse(last), Is.GreaterThan(int.Parse(first)));
    }

    [Test]
    public async Task Hostile_names_and_messages_are_shown_as_text()
    {
        var page = await OpenAsync("/checks/" + Uri.EscapeDataString(DashboardWorld.Hostile));
        await ChartsAsync(page);
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo(DashboardWorld.Hostile));
        await page.GotoAsync(Path + "?region=sa-east");
        Assert.That(await page.Locator("#runs").InnerTextAsync(), Does.Contain("refused the connection " + DashboardWorld.Hostile));
        Assert.That(await page.Locator("img").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task The_keyboard_reaches_the_selectors_with_a_visible_focus()
    {
        var page = await OpenAsync(Path);
        for (var i = 0; i < 40; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string>("document.activeElement.dataset.key ?? ''") == "latency_p99")
            {
                break;
            }
        }

        Assert.That(await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"), Is.EqualTo("solid"));
        await page.Keyboard.PressAsync("Enter");
        await page.ArrivesAsync(url => url.Contains("metric=latency_p99", StringComparison.Ordinal));
    }

    [Test]
    public async Task An_event_brings_the_page_up_to_date_without_a_reload()
    {
        var page = await OpenAsync(Path);
        await ChartsAsync(page);
        await page.WaitForSelectorAsync("#live[data-state=on]");
        await page.EvaluateAsync("document.addEventListener('page:refreshed', () => { globalThis.refreshed = true; })");
        Host.Events.Publish(new LiveEvent("rollup", "checkout-api"));
        await Poll.UntilAsync(() => page.EvaluateAsync<bool>("globalThis.refreshed === true"), TimeSpan.FromSeconds(15), "the page refreshes");
        Assert.That(await page.Locator("#heat-chart canvas").CountAsync(), Is.GreaterThan(0), "the chart survives");
    }

    [Test]
    public async Task A_check_that_is_not_there_says_so()
    {
        var page = await OpenAsync("/checks/checkout-api");
        var answer = await page.APIRequest.GetAsync(Host.Url + "/checks/nothing", new APIRequestContextOptions { Headers = new Dictionary<string, string> { ["Accept"] = "text/html" } });
        Assert.That(answer.Status, Is.EqualTo(404));
        Assert.That(await answer.TextAsync(), Does.Contain("There is no such page"));
    }

    private static async Task<string> ColoursAsync(IPage page) =>
        await page.EvaluateAsync<string>("[...document.querySelectorAll('#heat td')].map(c => c.className).join(',')");

    [GeneratedRegex(@"\bs(\d)\b")]
    private static partial Regex Step();
}
