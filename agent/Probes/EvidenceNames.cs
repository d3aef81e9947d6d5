using System.Collections.Frozen;

namespace Probes.Agent.Probes;

/// <summary>Names of the evidence that tells who answered a run, and with what; docs/checks.md describes each.</summary>
internal static class EvidenceNames
{
    /// <summary>First 8 bytes of the SHA-256 of the body as it came, in hex: enough to tell two bodies apart, and short, for it is kept with every run.</summary>
    public const string BodyHash = "body_hash";

    /// <summary>Certificate and issuer, each by the beginning of a SHA-256, as in <c>0123456789abcdef/01234567</c>.</summary>
    public const string Certificate = "cert";

    /// <summary>Every address that the name resolved to, sorted; absent when there was one.</summary>
    public const string Addresses = "addresses";

    /// <summary>Response headers that tell which cache, proxy or point of presence answered, and from what.</summary>
    public static readonly FrozenSet<string> Headers = FrozenSet.ToFrozenSet(
    [
        "server", "via", "age", "x-cache", "x-cache-hits", "cf-ray", "cf-cache-status", "x-served-by", "x-amz-cf-pop", RequestId, "x-vercel-cache", "x-azure-ref", "cache-status",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>What describes the one who answered at length and rarely changes: sent when it changes, see <c>DetailMemory</c>.</summary>
    public static readonly FrozenSet<string> Details = FrozenSet.ToFrozenSet(
    [
        Addresses, "tls_protocol", "tls_cipher", "cert_sha256", "cert_serial", "cert_not_after", "cert_days_left", "cert_subject", "cert_issuer", "cert_names",
    ], StringComparer.Ordinal);

    /// <summary>A request's own id: of use to whoever is asked about a failure, and to nobody else.</summary>
    public const string RequestId = "x-amz-cf-id";

    /// <summary>The beginning of a digest, in hex.</summary>
    public static string Short(ReadOnlySpan<byte> digest, int bytes = 8) => Convert.ToHexStringLower(digest[..bytes]);
}
