using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Probes.Contracts.Documents;

namespace Probes.Contracts.Checks.Kinds;

/// <summary>Rules that several kinds share. They take and give plain values, so that documents and the wire are held to the same.</summary>
internal static partial class Rules
{
    public const string NameAllowed = "1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit";
    public const string ReferenceAllowed = $"a name of {NameAllowed}; or project/name, each so";
    public const string HostAllowed = "a host name or an IP address";
    public const int LargestText = 64 * 1024;

    /// <summary>Of <see cref="LargestText"/> characters in UTF-8.</summary>
    public const int LargestBytes = LargestText * 3;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>A name as it stands within a project, or <c>project/name</c>.</summary>
    public static bool IsReference(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? IsName(text[..at]) && IsName(text[(at + 1)..]) : IsName(text);

    /// <summary>A name as <see cref="QualifiedName"/> makes it.</summary>
    public static bool IsQualified(string text) => IsReference(text) && QualifiedName.Resolve(QualifiedName.DefaultProject, text) == text;

    public static bool IsHost(string text) =>
        IsAddress(text, out _) || (text.Length is > 0 and <= 253 && HostPattern().IsMatch(text) && !EndsInNumber(text));

    /// <summary>
    /// An IP address as it is usually written. <see cref="IPAddress.TryParse(string, out IPAddress)"/> also takes <c>1</c>, <c>0x7f.1</c>,
    /// <c>010.0.0.1</c> and <c>[::1]:80</c>, which are mistakes, or mean to hide an address.
    /// </summary>
    public static bool IsAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
            && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : text.AsSpan().IndexOfAny('[', ']') < 0);

    /// <summary>A DNS owner name: labels may start with an underscore, and a trailing dot is allowed (RFC 1035, RFC 8552).</summary>
    public static bool IsDomain(string text) => text.Length is > 0 and <= 254 && DomainPattern().IsMatch(text);

    public static bool IsToken(string text) => text.Length is > 0 and <= 256 && TokenPattern().IsMatch(text);

    /// <summary>Printable text and tabs (RFC 9110 section 5.5): nothing that could end a header.</summary>
    public static bool IsHeaderValue(string text) => text.Length <= 8192 && !text.Any(c => char.IsControl(c) && c != '\t');

    public static bool IsWebAddress(string text, out Uri url)
    {
        url = null!;
        return text.Length <= 4096 && !text.Any(char.IsControl) && Uri.TryCreate(text, UriKind.Absolute, out url!)
            && url.Scheme is "http" or "https" && url.Host.Length > 0
            // It would be shown wherever the address is.
            && url.UserInfo.Length == 0
            // Not http://1/ nor http://0x7f.1/, as with other hosts.
            && (url.HostNameType != UriHostNameType.IPv4 || text.Contains(url.Host, StringComparison.Ordinal));
    }

    public static string? Host(DocumentMap map, string key, bool required)
    {
        var host = map.Line(key, required);
        if (host is not null && !IsHost(host))
        {
            map.Error(key, $"'{DocumentMap.Shown(host)}' is not a host", HostAllowed);
            return null;
        }

        return host;
    }

    public static ReadOnlyMemory<byte> Bytes(DocumentMap map, string key) => Encoding.UTF8.GetBytes(map.Text(key, most: LargestText) ?? "");

    /// <summary>Bytes that hold no reference are left alone: they need not be text.</summary>
    public static ReadOnlyMemory<byte> Filled(ReadOnlyMemory<byte> bytes, SecretFill fill) => bytes.Span.IndexOf("${{"u8) < 0
        ? bytes
        : Encoding.UTF8.GetBytes(fill(Encoding.UTF8.GetString(bytes.Span), SecretPlace.Text));

    // Other programs read such a name as an IPv4 address (WHATWG URL, "ends in a number"); no top-level domain is a number.
    private static bool EndsInNumber(string host)
    {
        var name = host.AsSpan().TrimEnd('.');
        var last = name[(name.LastIndexOf('.') + 1)..];
        return !last.ContainsAnyExceptInRange('0', '9')
            || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last[2..].IndexOfAnyExcept(Hex) < 0);
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^(?=.{1,253}\\z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?\\z")]
    private static partial Regex HostPattern();

    [GeneratedRegex("^([A-Za-z0-9_*-]{1,63}\\.)*[A-Za-z0-9_-]{1,63}\\.?\\z")]
    private static partial Regex DomainPattern();

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+\\z")]
    private static partial Regex TokenPattern();
}
