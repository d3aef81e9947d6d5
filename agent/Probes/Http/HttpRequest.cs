using Probes.Contracts.Checks;

namespace Probes.Agent.Probes.Http;

/// <summary>One request of a run: the first, or one that a redirect asked for.</summary>
internal sealed record HttpRequest(
    Uri Url, string Method, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body, long MaxBodyBytes, bool SkipCertificateCheck, bool WantsBody)
{
    // Meant for one origin only.
    private static readonly string[] OfOrigin = ["authorization", "cookie", "proxy-authorization", "host"];

    public bool Secure => Url.Scheme == Uri.UriSchemeHttps;

    public static HttpRequest First(HttpSpec spec, bool wantsBody) =>
        new(spec.Url, spec.Method, spec.Headers, spec.Body, spec.MaxBodyBytes, spec.SkipCertificateCheck, wantsBody);

    /// <summary>
    /// The request that follows a redirect: 303, and 301 or 302 after POST, become GET without a body, as browsers do (RFC 9110
    /// section 15.4); credentials stay with the origin they were meant for.
    /// </summary>
    /// <exception cref="ProbeFault">The location is no http or https address.</exception>
    public HttpRequest Redirected(string location, int status)
    {
        if (location.Length > 4096 || !Uri.TryCreate(Url, location, out var next) || next.Scheme is not ("http" or "https"))
        {
            throw ProbeFault.Target(Reasons.BadRedirect, $"redirected to '{BoundedText.Cut(location, 128)}', which is no http or https address");
        }

        var asGet = (status == 303 && Method != "HEAD") || (status is 301 or 302 && Method == "POST");
        var sameOrigin = next.Scheme == Url.Scheme && next.Host == Url.Host && next.Port == Url.Port;
        return this with
        {
            Url = next,
            Method = asGet ? "GET" : Method,
            Body = asGet ? default : Body,
            Headers = [.. Headers.Where(h => (sameOrigin || !Is(h.Key, OfOrigin)) && (!asGet || !h.Key.StartsWith("content-", StringComparison.OrdinalIgnoreCase)))],
        };
    }

    public bool Has(string header) => Headers.Any(h => h.Key.Equals(header, StringComparison.OrdinalIgnoreCase));

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
