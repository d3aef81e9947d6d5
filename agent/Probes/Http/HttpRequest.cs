using Probes.Contracts.Checks;

namespace Probes.Agent.Probes.Http;

/// <summary>One request of a run: the first, or one that a redirect asked for.</summary>
internal sealed record HttpRequest(
    Uri Url, string Method, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body, long MaxBodyBytes, bool SkipCertificateCheck, bool WantsBody)
{
    // All that goes along to another origin: of any other header nobody but its author can know whether it holds a secret.
    private static readonly string[] ForAnyOrigin =
        ["accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-language", "content-type", "pragma", "user-agent"];

    public bool Secure => Url.Scheme == Uri.UriSchemeHttps;

    public static HttpRequest First(HttpSpec spec, bool wantsBody) =>
        new(spec.Url, spec.Method, spec.Headers, spec.Body, spec.MaxBodyBytes, spec.SkipCertificateCheck, wantsBody);

    /// <summary>
    /// The request that follows a redirect: 303, and 301 or 302 after POST, become GET without a body, as browsers do (RFC 9110
    /// section 15.4). Headers that may hold credentials stay with the origin (scheme, host and port) they were meant for: those that curl keeps back, and
    /// any other of the check's own. A body is not carried to another host, nor from https to http, where curl would.
    /// </summary>
    /// <param name="location">Value of the location header.</param>
    /// <param name="status">301, 302, 303, 307 or 308.</param>
    /// <param name="seen">Is told which headers were kept back, and of a step from https to http.</param>
    /// <exception cref="ProbeFault">The location is no http or https address, or is not to have the body.</exception>
    public HttpRequest Redirected(string location, int status, Observation seen)
    {
        if (location.Length > 4096 || !Uri.TryCreate(Url, location, out var next) || next.Scheme is not ("http" or "https"))
        {
            throw ProbeFault.Target(Reasons.BadRedirect, $"redirected to '{BoundedText.Cut(location, 128)}', which is no http or https address");
        }

        var asGet = (status == 303 && Method != "HEAD") || (status is 301 or 302 && Method == "POST");
        var sameOrigin = next.Scheme == Url.Scheme && next.IdnHost == Url.IdnHost && next.Port == Url.Port;
        var exposed = Secure && next.Scheme == Uri.UriSchemeHttp;
        if (exposed)
        {
            seen.Note("insecure_redirect", "from https to http");
        }

        if (!asGet && !Body.IsEmpty && (exposed || next.IdnHost != Url.IdnHost || (next.Port != Url.Port && !(Url.IsDefaultPort && next.IsDefaultPort))))
        {
            throw ProbeFault.Target(Reasons.BadRedirect, $"redirected with {status} to another origin, where the request's body does not go");
        }

        var kept = sameOrigin ? Headers : [.. Headers.Where(h => Is(h.Key, ForAnyOrigin))];
        if (kept.Count < Headers.Count)
        {
            seen.Note("headers_kept_back", string.Join(", ", Headers.Select(h => h.Key).Where(h => !Is(h, ForAnyOrigin)).Select(h => h.ToLowerInvariant())));
        }

        return this with
        {
            Url = next,
            Method = asGet ? "GET" : Method,
            Body = asGet ? default : Body,
            Headers = asGet ? [.. kept.Where(h => !h.Key.StartsWith("content-", StringComparison.OrdinalIgnoreCase))] : kept,
        };
    }

    public bool Has(string header) => Headers.Any(h => h.Key.Equals(header, StringComparison.OrdinalIgnoreCase));

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
