using Microsoft.Playwright;

namespace Probes.Tests.Dashboard;

/// <summary>Keeps a picture of every page in both themes and two widths, and asks of each that it fits its width.</summary>
internal sealed class ScreenshotTests : DashboardTests
{
    private static readonly (string Name, string Path)[] Pages =
    [
        ("overview", "/"), ("check", "/checks/checkout-api"), ("check-24h", "/checks/checkout-api?metric=availability&span=24h"), ("agents", "/agents"),
        ("locations", "/locations"), ("incidents", "/incidents"), ("dead-letters", "/dead-letters"), ("settings", "/settings"), ("add", "/add"), ("incident", "/incidents/1"),
        ("backtest", "/backtest"), ("why", "/checks/checkout-api/why?region=eu-west"),
    ];

    [Test]
    public async Task Every_page_fits_its_window(
        [Values(1440, 390)] int width, [Values(ColorScheme.Light, ColorScheme.Dark)] ColorScheme scheme, [Range(0, 11)] int index)
    {
        var (name, path) = Pages[index];
        var page = await OpenAsync(path, width, scheme);
        if (name.StartsWith("check", StringComparison.Ordinal))
        {
            await ChartsAsync(page);
        }

        await ShotAsync(page, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth");
        await page.Context.CloseAsync();
        Assert.That(overflow, Is.LessThanOrEqualTo(0), "the page scrolls sideways");
    }
}
