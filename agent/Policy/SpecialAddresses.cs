using System.Net;

namespace Probes.Agent.Policy;

/// <summary>
/// The IANA IPv4 and IPv6 special-purpose address registries (RFC 6890, RFC 8190; as of 2025), multicast (RFC 5771, RFC 4291), and the addresses
/// where clouds keep their metadata. An address that is translated to IPv4 on its way is judged by the one that stands within.
/// </summary>
internal static class SpecialAddresses
{
    private static readonly SpecialBlock[] IPv4 =
    [
        Metadata("169.254.169.254/32"), Metadata("169.254.170.2/32"), Metadata("169.254.170.23/32"),
        Metadata("100.100.100.200/32"), Metadata("168.63.129.16/32"), Metadata("192.0.0.192/32"),
        Local("0.0.0.0/8", "this network"),
        Inside("10.0.0.0/8", "private-use"),
        Inside("100.64.0.0/10", "shared address space"),
        Local("127.0.0.0/8", "loopback"),
        Local("169.254.0.0/16", "link-local"),
        Inside("172.16.0.0/12", "private-use"),

        // Of its few addresses that the registry calls reachable, all are anycast services of the nearest box on the way (RFC 7723, RFC 8155).
        Local("192.0.0.0/24", "IETF protocol assignments"),
        Local("192.0.2.0/24", "documentation"),
        Local("192.88.99.0/24", "6to4 relay anycast"),
        Inside("192.168.0.0/16", "private-use"),
        Local("198.18.0.0/15", "benchmarking"),
        Local("198.51.100.0/24", "documentation"),
        Local("203.0.113.0/24", "documentation"),
        Local("224.0.0.0/4", "multicast"),
        Local("240.0.0.0/4", "reserved"),
    ];

    // The first that holds an address counts: exceptions stand before the block they are cut from.
    private static readonly SpecialBlock[] IPv6 =
    [
        Metadata("fd00:ec2::254/128"), Metadata("fd00:ec2::23/128"), Metadata("fd20:ce::254/128"),
        Metadata("fd00:c1::a9fe:a9fe/128"), Metadata("fd00:42::42/128"), Metadata("fe80::a9fe:a9fe/128"),
        Global("2001:3::/32"), Global("2001:4:112::/48"), Global("2001:20::/28"), Global("2001:30::/28"),
        Local("2001::/32", "Teredo"),
        Local("2001::/23", "IETF protocol assignments"),
        Local("2001:db8::/32", "documentation"),
        Local("3fff::/20", "documentation"),

        // Like Teredo, a tunnel to whatever IPv4 address stands within, and out of use (RFC 7526).
        Local("2002::/16", "6to4"),
        Global("2000::/3"),
        Inside("fc00::/7", "unique local"),
        Local("fe80::/10", "link-local"),
        Local("ff00::/8", "multicast"),
        Local("::1/128", "loopback"),
        Local("::/128", "unspecified"),
        Local("::/96", "IPv4-compatible"),

        // The IPv4 address stands where the network's own prefix ends (RFC 6052 section 2.2), which nobody else can know.
        Local("64:ff9b:1::/48", "local-use translation"),
        Local("100::/64", "discard-only"),
        Local("5f00::/16", "segment routing"),
        Local("::/0", "not global unicast"),
    ];

    private static readonly Cidr Translated = Cidr.Of("64:ff9b::/96");

    public static SpecialBlock? Find(IPAddress address) => Find(AddressBits.Of(address));

    /// <summary>The block that makes an address special; null for one that is public.</summary>
    public static SpecialBlock? Find(UInt128 bits)
    {
        var judged = Within(bits) ?? bits;
        return First(AddressBits.IsIPv4(judged) ? IPv4 : IPv6, judged);
    }

    /// <summary>The IPv4 address that a translator (NAT64, RFC 6052 section 2.1) would go on to; null when there is none.</summary>
    public static UInt128? Within(UInt128 bits) => Translated.Contains(bits) ? AddressBits.Of((uint)bits) : null;

    private static SpecialBlock? First(SpecialBlock[] blocks, UInt128 bits)
    {
        foreach (var block in blocks)
        {
            if (block.Block.Contains(bits))
            {
                return block.Class == AddressClass.Public ? null : block;
            }
        }

        return null;
    }

    private static SpecialBlock Metadata(string block) => new(Cidr.Of(block), AddressClass.Metadata, "cloud metadata");

    private static SpecialBlock Inside(string block, string name) => new(Cidr.Of(block), AddressClass.Inside, name);

    private static SpecialBlock Local(string block, string name) => new(Cidr.Of(block), AddressClass.Local, name);

    private static SpecialBlock Global(string block) => new(Cidr.Of(block), AddressClass.Public, "global unicast");
}
