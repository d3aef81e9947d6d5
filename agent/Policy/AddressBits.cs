using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Probes.Agent.Policy;

/// <summary>
/// Addresses as 128 bits, IPv4 in its IPv4-mapped form (RFC 4291 section 2.5.5.2): however an address is written, it is one number, and so
/// the mapped forms are judged as the IPv4 addresses that they are. No scope, and nothing is allocated.
/// </summary>
internal static class AddressBits
{
    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;

    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            address.TryWriteBytes(bytes, out _);
            return Of(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        }

        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static UInt128 Of(uint ipv4) => Mapped | ipv4;

    public static bool IsIPv4(UInt128 bits) => bits >> 32 == 0xFFFF;

    public static IPAddress ToAddress(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new IPAddress(IsIPv4(bits) ? bytes[12..] : bytes);
    }
}
