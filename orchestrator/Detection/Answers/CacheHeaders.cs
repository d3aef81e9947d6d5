namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What headers of caches and CDNs tell: which point of presence answered, and whether from its cache.</summary>
internal static class CacheHeaders
{
    private const int LongestCode = 12;

    /// <summary>
    /// The point of presence nearest to the agent, as its airport code: the end of <c>cf-ray</c> (Cloudflare) and of the last <c>x-served-by</c> (Fastly), the beginning of
    /// <c>x-amz-cf-pop</c> (CloudFront). Empty when none is told.
    /// </summary>
    public static string Pop(IReadOnlyDictionary<string, string> evidence) =>
        evidence.TryGetValue("cf-ray", out var ray) && After(ray) is { Length: > 0 } cloudflare ? cloudflare
        : evidence.TryGetValue("x-amz-cf-pop", out var amazon) && Letters(amazon) is { Length: 3 } cloudfront ? cloudfront
        : evidence.TryGetValue("x-served-by", out var by) && After(Last(by)) is { Length: > 0 } fastly ? fastly
        : "";

    /// <summary>
    /// Of several caches the last one counts, which is the nearest to the agent. <c>Cache-Status</c> is RFC 9211; of the others the vendors' words are read.
    /// <c>Age</c> alone tells of a hit when it is above zero.
    /// </summary>
    public static CacheUse Use(IReadOnlyDictionary<string, string> evidence)
    {
        if (evidence.TryGetValue("cf-cache-status", out var cloudflare))
        {
            return Word(cloudflare);
        }

        if (evidence.TryGetValue("cache-status", out var status))
        {
            var parameters = Last(status).Split(';', StringSplitOptions.TrimEntries)[1..];
            return parameters.Contains("hit", StringComparer.OrdinalIgnoreCase) ? CacheUse.Hit
                : Array.Exists(parameters, p => p.StartsWith("fwd", StringComparison.OrdinalIgnoreCase)) ? CacheUse.Miss : CacheUse.None;
        }

        return evidence.TryGetValue("x-vercel-cache", out var vercel) ? Word(vercel)
            : evidence.TryGetValue("x-cache", out var any) && Word(Last(any)) is not CacheUse.None and var use ? use
            : evidence.TryGetValue("age", out var age) && int.TryParse(age, out var seconds) && seconds > 0 ? CacheUse.Hit
            : CacheUse.None;
    }

    private static CacheUse Word(string text) =>
        text.Contains("hit", StringComparison.OrdinalIgnoreCase) || text.Trim().ToUpperInvariant() is "STALE" or "REVALIDATED" or "UPDATING" or "PRERENDER" ? CacheUse.Hit
        : text.Contains("miss", StringComparison.OrdinalIgnoreCase) || text.Trim().ToUpperInvariant() is "EXPIRED" or "BYPASS" or "DYNAMIC" ? CacheUse.Miss
        : CacheUse.None;

    private static string Last(string list) => list[(list.LastIndexOf(',') + 1)..].Trim();

    private static string After(string text) =>
        text.LastIndexOf('-') is >= 0 and var dash && text[(dash + 1)..].Trim() is { Length: > 0 and <= LongestCode } code && code.All(char.IsAsciiLetterOrDigit) ? code.ToUpperInvariant() : "";

    private static string Letters(string text) => new([.. text.TakeWhile(char.IsAsciiLetter).Take(3).Select(char.ToUpperInvariant)]);
}
