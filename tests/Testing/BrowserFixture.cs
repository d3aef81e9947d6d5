using Microsoft.Playwright;

namespace Probes.Tests.Testing;

/// <summary>A real Chromium: the one at PROBES_TEST_CHROMIUM, else an installed one. None found is a failure.</summary>
internal sealed class BrowserFixture : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    ];

    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable", "/opt/google/chrome/chrome"];

    private readonly IPlaywright _playwright;

    private BrowserFixture(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        Browser = browser;
    }

    public IBrowser Browser { get; }

    public static async Task<BrowserFixture> StartAsync()
    {
        var given = Environment.GetEnvironmentVariable("PROBES_TEST_CHROMIUM");
        var path = given is { Length: > 0 } ? given : Places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("no browser: install Chromium, or name one in PROBES_TEST_CHROMIUM");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = Flags, Headless = true });
        await TestContext.Progress.WriteLineAsync($"browser: Chromium {browser.Version} at {path}");
        return new BrowserFixture(playwright, browser);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
