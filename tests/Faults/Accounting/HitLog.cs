using System.Collections.Concurrent;

namespace Probes.Faults.Accounting;

/// <summary>
/// The outside truth: when the target was asked for each check, in order. A check's n-th request is answered with status 200 + n % 100, which the
/// result carries, so a result tells which request it belongs to without trusting the agent's clock.
/// </summary>
internal sealed class HitLog
{
    /// <summary>Codes go round after so many requests of a check.</summary>
    public const int Codes = 100;

    private readonly ConcurrentDictionary<string, List<long>> _hits = new(StringComparer.Ordinal);

    public IEnumerable<string> Checks => _hits.Keys;

    /// <summary>Notes a request and returns the status to answer with.</summary>
    public int Add(string check, long atUs)
    {
        var hits = _hits.GetOrAdd(check, _ => []);
        lock (hits)
        {
            hits.Add(atUs);
            return 200 + ((hits.Count - 1) % Codes);
        }
    }

    /// <summary>Times of a check's requests so far, in microseconds since the Unix epoch; the place in the list is the request's number.</summary>
    public IReadOnlyList<long> Of(string check)
    {
        if (!_hits.TryGetValue(check, out var hits))
        {
            return [];
        }

        lock (hits)
        {
            return [.. hits];
        }
    }
}
