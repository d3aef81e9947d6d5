namespace Probes.Orchestrator.Access;

/// <summary>Token buckets by name: each holds a minute's worth and fills steadily. Bounded: beyond <paramref name="most"/> names newcomers share one.</summary>
/// <param name="perMinute">Tokens per minute and name; 0: no limit.</param>
/// <param name="clock">Fills them.</param>
/// <param name="most">How many names are kept apart.</param>
internal sealed class Buckets(int perMinute, TimeProvider clock, int most = 20_000)
{
    private const string Rest = "\0rest";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (double Tokens, long At)> _buckets = new(StringComparer.Ordinal);
    private long _swept;

    /// <summary>Seconds until an empty bucket has a token again; at least 1.</summary>
    internal int RetryAfterSeconds => Math.Max(1, (int)Math.Ceiling(60.0 / Math.Max(1, perMinute)));

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Whether a token is left, without taking it.</summary>
    internal bool HasRoom(string name)
    {
        lock (_lock)
        {
            return perMinute == 0 || Tokens(Kept(name)) >= 1;
        }
    }

    /// <summary>Takes a token; false when none is left.</summary>
    internal bool TryTake(string name)
    {
        if (perMinute == 0)
        {
            return true;
        }

        lock (_lock)
        {
            var key = Kept(name);
            var tokens = Tokens(key);
            _buckets[key] = (tokens >= 1 ? tokens - 1 : tokens, clock.GetTimestamp());
            return tokens >= 1;
        }
    }

    private double Tokens(string key) => _buckets.TryGetValue(key, out var bucket)
        ? Math.Min(perMinute, bucket.Tokens + (clock.GetElapsedTime(bucket.At).TotalMinutes * perMinute))
        : perMinute;

    private string Kept(string name)
    {
        if (_buckets.Count < most || _buckets.ContainsKey(name))
        {
            return name;
        }

        // A full bucket says the same as none; looked for at most once a second.
        if (clock.GetElapsedTime(_swept) >= TimeSpan.FromSeconds(1))
        {
            _swept = clock.GetTimestamp();
            foreach (var full in _buckets.Keys.Where(k => Tokens(k) >= perMinute).ToList())
            {
                _buckets.Remove(full);
            }
        }

        return _buckets.Count < most ? name : Rest;
    }
}
