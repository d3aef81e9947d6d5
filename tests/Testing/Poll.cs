using System.Diagnostics;

namespace Probes.Tests.Testing;

/// <summary>Waits for something by asking again until a deadline.</summary>
internal static class Poll
{
    public static async Task<T> UntilAsync<T>(Func<Task<T?>> ask, TimeSpan within, string what, TimeSpan? every = null)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        Exception? last = null;
        while (clock.Elapsed < within)
        {
            try
            {
                if (await ask() is { } answer)
                {
                    return answer;
                }
            }
            catch (HttpRequestException e)
            {
                last = e;
            }

            await Task.Delay(every ?? TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        throw new AssertionException($"Not within {within.TotalSeconds:0} s: {what}{(last is null ? "" : $" ({last.Message})")}");
    }

    public static Task UntilAsync(Func<Task<bool>> ask, TimeSpan within, string what, TimeSpan? every = null) =>
        UntilAsync<object>(async () => await ask() ? new object() : null, within, what, every);
}
