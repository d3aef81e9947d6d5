using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Spool;

/// <summary>
/// A record on disk: payload length (u32), CRC32C over epoch, sequence and payload (u32), sequence (i64), payload; little-endian.
/// Payload: length of the check's name (u8), the name, the serialized wire result without its check index.
/// </summary>
internal static class SpoolFrame
{
    public const int HeaderSize = 16;

    /// <summary>A result larger than this is not spooled (its evidence is bounded well below).</summary>
    public const int MaxPayload = 256 * 1024;

    private static readonly uint DueTag = WireFormat.MakeTag(Wire.Result.DueUsFieldNumber, WireFormat.WireType.Varint);

    public static byte[] Encode(RunResult result)
    {
        var wire = WireResults.ToWire(result, 0);
        var nameLength = Encoding.UTF8.GetByteCount(result.Check);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameLength, byte.MaxValue, nameof(result));
        var frame = new byte[HeaderSize + 1 + nameLength + wire.CalculateSize()];
        frame[HeaderSize] = (byte)nameLength;
        Encoding.UTF8.GetBytes(result.Check, frame.AsSpan(HeaderSize + 1));
        wire.WriteTo(frame.AsSpan(HeaderSize + 1 + nameLength));
        return frame;
    }

    /// <summary>Gives the frame its place: writes length, sequence and checksum.</summary>
    public static void Seal(Span<byte> frame, long epoch, long sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - HeaderSize));
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Checksum(epoch, frame[8..]));
    }

    /// <summary>True when a whole, sound frame starts here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, long epoch, out long sequence, out int size)
    {
        sequence = 0;
        size = 0;
        if (!TrySize(data, out var whole) || whole > data.Length)
        {
            return false;
        }

        sequence = BinaryPrimitives.ReadInt64LittleEndian(data[8..]);
        size = whole;
        return sequence > 0 && BinaryPrimitives.ReadUInt32LittleEndian(data[4..]) == Checksum(epoch, data[8..whole]);
    }

    /// <summary>Size of the frame that seems to start here; false when the length cannot be one.</summary>
    public static bool TrySize(ReadOnlySpan<byte> data, out int size)
    {
        size = 0;
        if (data.Length < HeaderSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (length is < 1 or > MaxPayload)
        {
            return false;
        }

        size = HeaderSize + (int)length;
        return true;
    }

    public static SpooledResult Decode(ReadOnlyMemory<byte> frame)
    {
        var payload = frame[HeaderSize..];
        var nameLength = payload.Span[0];
        return new(Encoding.UTF8.GetString(payload.Span.Slice(1, nameLength)), payload[(1 + nameLength)..]);
    }

    /// <summary>When the result was due; the epoch of all times when it cannot be told.</summary>
    public static DateTimeOffset DueOf(in SpooledResult item)
    {
        var input = new CodedInputStream(item.Result.ToArray());
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == DueTag)
            {
                return WireTimes.Time(input.ReadInt64()) ?? DateTimeOffset.UnixEpoch;
            }

            input.SkipLastField();
        }

        return DateTimeOffset.UnixEpoch;
    }

    public static DateTimeOffset DueOf(ReadOnlyMemory<byte> frame) => DueOf(Decode(frame));

    public static uint Checksum(long seed, ReadOnlySpan<byte> data)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (ulong)seed);
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
