using System.Buffers.Binary;

namespace Probes.Agent.Spool;

/// <summary>
/// How far results are confirmed: all segments before <see cref="Ordinal"/>, and in that one the sequences below <see cref="Sequence"/>.
/// Losing it repeats batches, which the orchestrator drops by their range; it never loses any.
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

    public void Write(string folder)
    {
        var data = new byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(data, Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8), Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(16), SpoolFrame.Checksum(1, data.AsSpan(0, 16)));
        var path = Path.Combine(folder, FileName);
        File.WriteAllBytes(path + ".new", data);
        File.Move(path + ".new", path, overwrite: true);
    }
}
