using Microsoft.Playwright;

namespace Probes.Tests.Testing;

/// <summary>Where a click leads.</summary>
internal static class Arrival
{
    /// <summary>Waits until the page is there, though not all that it loads: live pages go on loading. Says where it is instead when it does not come.</summary>
    public static async Task ArrivesAsync(this IPage page, Func<string, bool> there)
    {
        try
        {
            await page.WaitForURLAsync(there, new PageWaitForURLOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        }
        catch (TimeoutException e)
        {
            throw new AssertionException($"{e.Message}\nit is at {page.Url}, {await page.EvaluateAsync<string>("document.readyState")}: {await page.Locator("body").InnerTextAsync()}", e);
        }
    }

    public static Task ArrivesAsync(this IPage page, string path) => page.ArrivesAsync(url => new Uri(url).AbsolutePath == path);
}
