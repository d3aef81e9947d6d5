using System.Globalization;
using System.Net.Sockets;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Agent.Policy;

/// <summary>A block of addresses. One of IPv6 never holds an IPv4 address, not even <c>::/0</c>; an IPv4-mapped one is of IPv4.</summary>
internal readonly record struct Cidr
{
    public const string Allowed = "ADDRESS/LENGTH with no bit set after the prefix, such as 10.20.0.0/16 or fd00:20::/32, or one address";

    private readonly UInt128 _first;
    private readonly UInt128 _mask;

    private Cidr(UInt128 bits, int length)
    {
        Length = length;
        _mask = length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);
        _first = bits & _mask;
    }

    /// <summary>Length of the prefix in the 128-bit form: 96 more than IPv4 writes.</summary>
    private int Length { get; }

    /// <summary>Whether it is one address.</summary>
    public bool IsSingle => Length == 128;

    public static Cidr Of(string text) => TryParse(text, out var cidr) ? cidr : throw new FormatException($"'{text}' is not {Allowed}");

    public static bool TryParse(string text, out Cidr cidr)
    {
        cidr = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!Rules.IsAddress(slash < 0 ? text : text[..slash], out var address) || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0))
        {
            return false;
        }

        var most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = most;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= most))
        {
            return false;
        }

        var bits = AddressBits.Of(address);
        cidr = new Cidr(bits, length + 128 - most);

        // Bits after the prefix are more often a mistake than meant.
        return cidr._first == bits;
    }

    public bool Contains(UInt128 bits) => (bits & _mask) == _first && (Length >= 96 || !AddressBits.IsIPv4(bits));

    public override string ToString()
    {
        var ipv4 = AddressBits.IsIPv4(_first) && Length >= 96;
        return string.Create(CultureInfo.InvariantCulture, $"{AddressBits.ToAddress(_first)}/{(ipv4 ? Length - 96 : Length)}");
    }
}
