using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Dashboard;

internal sealed partial class OtherPagesTests : DashboardTests
{
    [Test]
    public async Task The_overview_tells_what_is_wrong_first()
    {
        var page = await OpenAsync("/");
        Assert.That(await page.Locator(".incidents li").First.InnerTextAsync(), Does.Contain("down: login in sa-east"));
        Assert.That(await page.Locator(".incidents").InnerTextAsync(), Does.Contain(DashboardWorld.DegradedSentence));
        Assert.That(await page.Locator(".map .mark").CountAsync(), Is.EqualTo(6));
        Assert.That(await page.Locator(".matrix td.degraded").CountAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Without_checks_the_first_page_adds_one_and_says_what_is_wrong_with_a_bad_address()
    {
        await using var empty = await DashboardHost.StartAsync(empty: true);
        var page = await OpenAsync("/", origin: empty.Url);
        await ShotAsync(page, "empty-1440-light");
        await page.FillAsync("#add-url", "ftp://example.com");
        await page.ClickAsync("form.add button");
        Assert.That(await page.Locator("[role=alert]").InnerTextAsync(), Does.Contain("is not an http or https address"));
        Assert.That(await page.InputValueAsync("#add-url"), Is.EqualTo("ftp://example.com"), "what was typed is kept");
        await page.FillAsync("#add-url", "https://shop.example.com/Health?x=1");
        await page.ClickAsync("form.add button");
        await page.ArrivesAsync("/checks/shop-example-com-health");
        var made = (HttpSpec)empty.World.Applied.Single().Checks.Single().Probe;
        Assert.That(made.Url.ToString(), Is.EqualTo("https://shop.example.com/Health?x=1"));
        await page.Context.CloseAsync();
    }

    [Test]
    public async Task A_form_without_its_antiforgery_token_is_refused()
    {
        var page = await OpenAsync("/add");
        var answer = await page.APIRequest.PostAsync(Host.Url + "/add", new APIRequestContextOptions
        {
            Headers = new Dictionary<string, string> { ["Content-Type"] = "application/x-www-form-urlencoded" },
            DataString = "_handler=add-url&Input.Url=https%3A%2F%2Fexample.com",
        });
        Assert.That(answer.Status, Is.EqualTo(400));
        Assert.That(Host.World.Applied, Is.Empty);
    }

    [Test]
    public async Task An_unknown_page_is_a_404_in_the_same_dress()
    {
        var page = await OpenAsync("/settings");
        var answer = await page.APIRequest.GetAsync(Host.Url + "/nowhere", new APIRequestContextOptions { Headers = new Dictionary<string, string> { ["Accept"] = "text/html" } });
        Assert.That(answer.Status, Is.EqualTo(404));
        Assert.That(await answer.TextAsync(), Does.Contain("There is no such page").And.Contain("<nav"));
    }

    [Test]
    public async Task Settings_name_the_orchestrators_and_say_which_one_leads()
    {
        var page = await OpenAsync("/settings");
        var row = await page.Locator("section[aria-labelledby=orchestrators] tbody tr").AllInnerTextsAsync();
        Assert.That(row, Has.Count.EqualTo(1));
        Assert.That(row[0], Does.Contain("(this one)").And.Contain("leads"));
    }

    [Test]
    public async Task The_theme_button_wins_over_the_system_and_is_remembered()
    {
        var page = await OpenAsync("/settings");
        var light = await GroundAsync(page);
        await page.ClickAsync("#theme");
        Assert.That(await GroundAsync(page), Is.Not.EqualTo(light));
        await page.ReloadAsync();
        Assert.That(await page.EvaluateAsync<string>("document.documentElement.dataset.theme"), Is.EqualTo("dark"));
    }

    [TestCase(ColorScheme.Light)]
    [TestCase(ColorScheme.Dark)]
    public async Task Text_is_legible_by_WCAG_AA(ColorScheme scheme)
    {
        var page = await OpenAsync("/settings", scheme: scheme);
        (string Ink, string Ground)[] pairs =
        [
            ("text", "ground"), ("text", "surface"), ("muted", "surface"), ("muted", "ground"), ("muted", "sunken"), ("accent", "surface"), ("on-accent", "accent"),
            ("soft-text", "down-soft"), ("soft-text", "degraded-soft"), ("healthy-text", "surface"), ("degraded-text", "surface"), ("down-text", "surface"), ("down-text", "down-soft"),
        ];
        foreach (var (ink, ground) in pairs)
        {
            var contrast = Contrast(await ColourAsync(page, ink), await ColourAsync(page, ground));
            Assert.That(contrast, Is.GreaterThanOrEqualTo(4.5), $"{ink} on {ground}, {scheme}");
        }
    }

    [TestCase(ColorScheme.Light)]
    [TestCase(ColorScheme.Dark)]
    public async Task The_heat_colours_move_one_way_in_lightness(ColorScheme scheme)
    {
        var page = await OpenAsync("/settings", scheme: scheme);
        var light = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            light.Add(Luminance(await ColourAsync(page, $"heat-{i}")));
        }

        Assert.That(light, scheme == ColorScheme.Light ? Is.Ordered.Descending : Is.Ordered.Ascending);
    }

    private static Task<string> GroundAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor");

    private static Task<string> ColourAsync(IPage page, string name) =>
        page.EvaluateAsync<string>("name => { const e = document.createElement('i'); e.style.color = `var(--${name})`; document.body.append(e); const c = getComputedStyle(e).color; e.remove(); return c; }", name);

    private static double Contrast(string a, string b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    // Relative luminance by WCAG 2.2.
    private static double Luminance(string rgb)
    {
        var parts = Digits().Matches(rgb).Take(3).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture) / 255).Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
