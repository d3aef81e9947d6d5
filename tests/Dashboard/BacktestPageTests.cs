using Microsoft.Playwright;
using Probes.Tests.Testing;

namespace Probes.Tests.Dashboard;

/// <summary>The page that replays history, and the page that explains a verdict, in a browser.</summary>
internal sealed class BacktestPageTests : DashboardTests
{
    [Test]
    public async Task A_form_is_filled_replayed_and_answered_with_both_sides_and_a_drawing([Values(true, false)] bool script)
    {
        var page = await OpenAsync("/backtest", script: script);
        Assert.That(await page.Locator("main").InnerTextAsync(), Does.Contain("Nothing is replayed yet").And.Contain("orchestrator backtest -f rule.yaml"));
        await page.FillAsync("[name=check]", "checkout-api");
        await page.FillAsync("[name='from']", TimeProvider.System.GetUtcNow().AddHours(-2).ToString("yyyy-MM-ddTHH:mm", System.Globalization.CultureInfo.InvariantCulture));
        await page.FillAsync("[name='setting.shiftMs']", "2000");
        await page.ClickAsync("#backtest button[type=submit]");
        await page.WaitForSelectorAsync("#result");
        var text = await page.Locator("main").InnerTextAsync();
        Assert.That(text, Does.Contain("6 checks by region").And.Contain("shiftMs").And.Contain("2000"));
        Assert.That(await page.Locator("section[aria-labelledby=episodes] tbody tr").AllInnerTextsAsync(), Has.Some.Contains("eu-west").And.Contains("in force only"));
        Assert.That(await page.Locator("figure.track svg rect.down").CountAsync(), Is.GreaterThan(0));
        Assert.That(await page.InputValueAsync("[name='setting.shiftMs']"), Is.EqualTo("2000"), "what was asked stays in the form");
        await ShotAsync(page, $"backtest-result-{(script ? "script" : "plain")}");
        await page.Context.CloseAsync();
    }

    [TestCase("setting.superiority", "2", "superiority: '2' is not allowed (allowed: a number from 0.5 to 1).")]
    [TestCase("setting.toEnter", "1.5", "toEnter: '1.5' is not allowed (allowed: a whole number from 1 to 100).")]
    [TestCase("check", "no-such", "check: there is no check 'no-such' (allowed: a check's name).")]
    public async Task A_value_that_is_not_allowed_is_named_and_nothing_runs(string field, string value, string error)
    {
        var page = await OpenAsync("/backtest");
        await page.FillAsync($"[name='{field}']", value);
        await page.ClickAsync("#backtest button[type=submit]");
        await page.WaitForSelectorAsync("[role=alert]");
        Assert.That(await page.Locator("[role=alert]").InnerTextAsync(), Is.EqualTo(error));
        Assert.That(await page.InputValueAsync($"[name='{field}']"), Is.EqualTo(value));
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task From_a_cell_and_from_a_regions_row_a_link_leads_to_why([Values(true, false)] bool script)
    {
        var page = await OpenAsync("/checks/checkout-api?region=eu-west&at=" + TimeProvider.System.GetUtcNow().AddMinutes(-40).ToString("yyyy-MM-ddTHH:mm:00Z", System.Globalization.CultureInfo.InvariantCulture), script: script);
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Why was it flagged, or not?" }).ClickAsync();
        await page.WaitForSelectorAsync("#conditions");
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo("Why was checkout-api not flagged in eu-west?"));
        Assert.That(await page.Locator("main").InnerTextAsync(), Does.Contain("at least 75 % is asked for").And.Contain("replayed by the settings of now"));

        await page.GotoAsync("/checks/checkout-api");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Why is eu-west degraded?" }).ClickAsync();
        await page.WaitForSelectorAsync("#conditions");
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo("Why is checkout-api flagged as degraded in eu-west?"));
        Assert.That(await page.Locator("main").InnerTextAsync(), Does.Contain(DashboardWorld.DegradedSentence));
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task Why_can_be_asked_by_keyboard_for_another_minute()
    {
        var page = await OpenAsync("/checks/checkout-api/why?region=eu-west");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "a minute earlier" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("a:text-is('a minute later')");
        Assert.That(page.Url, Does.Contain("at="));
        Assert.That(await page.Locator("h1").InnerTextAsync(), Does.StartWith("Why was checkout-api flagged as "));
        await page.GotoAsync("/checks/checkout-api/why?region=nowhere");
        Assert.That(await page.Locator("[role=alert]").InnerTextAsync(), Is.EqualTo("Choose a region that the check runs in."));
        await page.Context.CloseAsync();
    }
}
