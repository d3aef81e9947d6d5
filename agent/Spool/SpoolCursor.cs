using System.Buffers.Binary;

namespace Probes.Agent.Spool;

/// <summary>
/// How far the results of segments in format 1 were confirmed: all segments before <see cref="Ordinal"/>, and in that one the sequences below <see cref="Sequence"/>.
/// </summary>
internal readonly record struct SpoolCursor(long Ordinal, long Sequence)
{
    private const string FileName = "cursor";

    public static SpoolCursor Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return default;
        }

        var data = File.ReadAllBytes(path).AsSpan();
        return data.Length == 20 && BinaryPrimitives.ReadUInt32LittleEndian(data[16..]) == SpoolFrame.Checksum(1, data[..16])
            ? new(BinaryPrimitives.ReadInt64LittleEndian(data), BinaryPrimitives.ReadInt64LittleEndian(data[8..]))
            : default;
    }
}
