using System.Net;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Networks as they are written: addresses and CIDRs, comma-separated. IPv4 in its IPv6 form is IPv4.</summary>
internal static class SourceNetworks
{
    internal const string Allowed = "addresses or CIDRs such as 203.0.113.0/24 or 2001:db8::/48, at most 32";

    private const int Most = 32;

    /// <summary>As they are to be kept, or the first that is none.</summary>
    internal static (IReadOnlyList<string>? Networks, string Bad) Read(IEnumerable<string>? texts)
    {
        List<string> kept = [];
        foreach (var text in (texts ?? []).SelectMany(t => t.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            if (kept.Count == Most || Parse(text) is not { } network)
            {
                return (null, text.Length <= 64 ? text : text[..64] + "…");
            }

            kept.Add(network.ToString());
        }

        return ([.. kept.Distinct(StringComparer.Ordinal)], "");
    }

    internal static IReadOnlyList<string> Split(string joined) => joined.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether an address lies in one of them; what is no address lies in none.</summary>
    internal static bool Contain(IEnumerable<string> networks, string address) =>
        IPAddress.TryParse(address, out var ip) && networks.Any(n => Parse(n) is { } network && network.Contains(Plain(ip)));

    internal static IPAddress Plain(IPAddress ip) => ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;

    /// <summary>Bits behind the prefix are cut off; an address is a network of its own.</summary>
    private static IPNetwork? Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        // 10.1 and 0x0a are addresses to the parser, and not to whoever reads them.
        var front = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(front, out var ip) || (ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && front.Count(c => c == '.') != 3))
        {
            return null;
        }

        var bytes = ip.GetAddressBytes();
        var length = bytes.Length * 8;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) && length <= bytes.Length * 8))
        {
            return null;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(length - (i * 8), 0, 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}
