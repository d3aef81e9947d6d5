using Microsoft.Playwright;

namespace Probes.Tests.Testing;

/// <summary>Where a click leads.</summary>
internal static class Arrival
{
    /// <summary>
    /// Waits until the page is there, though not all that it loads: live pages go on loading. Says where it is instead when it does not come. Asked again and again: Playwright's own WaitForURLAsync
    /// misses a navigation that is over between its look at the address and its listening (playwright-dotnet issue 3364).
    /// </summary>
    public static async Task ArrivesAsync(this IPage page, Func<string, bool> there)
    {
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(there(page.Url)), TimeSpan.FromSeconds(30), "the page is there", TimeSpan.FromMilliseconds(20));
        }
        catch (AssertionException e)
        {
            throw new AssertionException($"{e.Message}; it is at {page.Url}, {await page.EvaluateAsync<string>("document.readyState")}: {await page.Locator("body").InnerTextAsync()}", e);
        }

        await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
    }

    public static Task ArrivesAsync(this IPage page, string path) => page.ArrivesAsync(url => new Uri(url).AbsolutePath == path);
}
