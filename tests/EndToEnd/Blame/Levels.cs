using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Probes.Tests.EndToEnd.Blame;

/// <summary>Reads all levels a few times a second, and keeps since when each pair of check and region is at its level.</summary>
internal sealed class Levels : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(400);

    private readonly ConcurrentDictionary<(string Check, string Region), (string Level, long At)> _now = new();
    private readonly ConcurrentDictionary<(string Check, string Region), string> _sentences = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _reading;

    public Levels(ProbesSystem system) => _reading = ReadAsync(system);

    public int Count(string level) => _now.Values.Count(v => v.Level == level);

    public bool IsHealthy((string Check, string Region) pair) => _now.TryGetValue(pair, out var seen) && seen.Level == "healthy";

    /// <summary>Those that are not healthy, in words.</summary>
    public string Others() => string.Join('\n', _now.Where(v => v.Value.Level != "healthy").Select(v => $"{v.Key.Check}: {_sentences[v.Key]}"));

    /// <summary>Seconds from a timestamp until a pair was first seen flagged; null while it is not.</summary>
    public double? FlaggedAfter(long since, (string Check, string Region) pair) =>
        _now.TryGetValue(pair, out var seen) && seen.Level is "degraded" or "down" ? Math.Max(0, Stopwatch.GetElapsedTime(since, seen.At).TotalSeconds) : null;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task ReadAsync(ProbesSystem system)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Take(await system.GetAsync("/api/v1/overview"));
            }
            catch (HttpRequestException)
            {
                // The next time.
            }

            await Task.Delay(Every, TimeProvider.System, _stopping.Token);
        }
    }

    private void Take(JsonElement overview)
    {
        var at = Stopwatch.GetTimestamp();
        foreach (var check in overview.EnumerateArray())
        {
            foreach (var region in check.GetProperty("regions").EnumerateArray())
            {
                var (pair, verdict) = ((check.GetProperty("check").GetString()!, region.GetProperty("region").GetString()!), region.GetProperty("verdict"));
                var level = verdict.GetProperty("level").GetString()!;
                _sentences[pair] = verdict.GetProperty("sentence").GetString()!;

                // From degraded to down it is flagged all the time.
                _now.AddOrUpdate(pair, (level, at), (_, before) => Flagged(before.Level) && Flagged(level) ? (level, before.At) : before.Level == level ? before : (level, at));
            }
        }
    }

    private static bool Flagged(string level) => level is "degraded" or "down";
}
