using System.Buffers;

namespace Probes.Orchestrator.Rollups;

/// <summary>LEB128: seven bits a byte, lowest first.</summary>
internal static class Varint
{
    public static void Write(ArrayBufferWriter<byte> bytes, ulong value)
    {
        var span = bytes.GetSpan(10);
        var n = 0;
        while (value >= 0x80)
        {
            span[n++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[n++] = (byte)value;
        bytes.Advance(n);
    }

    /// <exception cref="FormatException">Cut off, or longer than 64 bits.</exception>
    public static ulong Read(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }

        throw new FormatException("Rollup is cut off.");
    }

    /// <summary>A length and that many bytes.</summary>
    /// <exception cref="FormatException">Cut off.</exception>
    public static ReadOnlySpan<byte> Slice(scoped ref ReadOnlySpan<byte> bytes)
    {
        var length = Read(ref bytes);
        if (length > (ulong)bytes.Length)
        {
            throw new FormatException("Rollup is cut off.");
        }

        var slice = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return slice;
    }
}
