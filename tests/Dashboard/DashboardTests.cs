using Microsoft.Playwright;
using Probes.Tests.Testing;

namespace Probes.Tests.Dashboard;

/// <summary>Shared by the dashboard's browser tests: one host, one browser, and watch over what pages must never do.</summary>
internal abstract class DashboardTests
{
    private readonly List<string> _complaints = [];
    private BrowserFixture _browser = null!;

    protected DashboardHost Host { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Host = await DashboardHost.StartAsync();
        _browser = await BrowserFixture.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _browser.DisposeAsync();
        await Host.DisposeAsync();
    }

    [SetUp]
    public void Forget() => _complaints.Clear();

    /// <summary>Errors on the console (a breach of the content security policy is one), failed requests, and requests to anywhere else.</summary>
    [TearDown]
    public void No_page_complained() => Assert.That(_complaints, Is.Empty);

    protected async Task<IPage> OpenAsync(string path, int width = 1440, ColorScheme scheme = ColorScheme.Light, bool script = true, string? origin = null)
    {
        var context = await _browser.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = script,
            BaseURL = origin ?? Host.Url,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        Watch(page, origin ?? Host.Url);
        await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        return page;
    }

    protected static Task ChartsAsync(IPage page) => page.WaitForSelectorAsync("html[data-charts=ready]", new PageWaitForSelectorOptions { State = WaitForSelectorState.Attached });

    protected static async Task ShotAsync(IPage page, string name)
    {
        var folder = Path.Combine(Structure.Repository.Root, "artifacts", "screenshots");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name + ".png");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        TestContext.AddTestAttachment(path);
    }

    private void Watch(IPage page, string origin)
    {
        page.Console += (_, message) => { if (message.Type is "error" or "warning") { _complaints.Add($"{message.Type}: {message.Text}"); } };
        page.PageError += (_, error) => _complaints.Add("page: " + error);
        page.Dialog += (_, dialog) => _complaints.Add("dialog: " + dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _complaints.Add("request to " + request.Url);
            }
        };
    }
}
