using System.Buffers.Binary;

namespace Probes.Agent.Spool;

/// <summary>
/// The start of a segment file, little-endian: magic, epoch, creation on the spool's clock (ms), first sequence, checksum (36 bytes in all, and all there was
/// in format 1); then the marks: sequences below "taken" may be on the other side already, those below "done" are; checksum.
/// </summary>
internal readonly record struct SegmentHeader(long Epoch, DateTimeOffset CreatedAt, long FirstSequence)
{
    public const int Size = 64;
    public const int FormerSize = 36;
    public const int MarksOffset = 40;
    public const int MarksSize = 20;

    /// <summary>Marks of a segment that cannot tell them any more.</summary>
    public static readonly (long Taken, long Done) Unknown = (long.MaxValue, 0);

    private static ReadOnlySpan<byte> Magic => "PRBSPL2\n"u8;

    private static ReadOnlySpan<byte> FormerMagic => "PRBSPL1\n"u8;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], CreatedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], FirstSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(to[32..], SpoolFrame.Checksum(0, to[..32]));
    }

    /// <summary>Null when it is not sound, or another epoch's.</summary>
    public static (SegmentHeader Header, bool Former)? Read(ReadOnlySpan<byte> from, long epoch)
    {
        if (from.Length < FormerSize
            || !(from.StartsWith(Magic) || from.StartsWith(FormerMagic))
            || BinaryPrimitives.ReadInt64LittleEndian(from[8..]) != epoch
            || BinaryPrimitives.ReadUInt32LittleEndian(from[32..]) != SpoolFrame.Checksum(0, from[..32]))
        {
            return null;
        }

        var created = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(from[16..]));
        return (new(epoch, created, BinaryPrimitives.ReadInt64LittleEndian(from[24..])), from.StartsWith(FormerMagic));
    }

    public static void WriteMarks(Span<byte> to, long taken, long done)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, taken);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], done);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], SpoolFrame.Checksum(2, to[..16]));
    }

    /// <summary>Zeros when none were written. Those that are not sound, torn or damaged, may have said anything: all may have been taken, and nothing is surely done.</summary>
    public static (long Taken, long Done) ReadMarks(ReadOnlySpan<byte> from) =>
        !from.ContainsAnyExcept((byte)0) ? default
        : BinaryPrimitives.ReadUInt32LittleEndian(from[16..]) == SpoolFrame.Checksum(2, from[..16])
            ? (BinaryPrimitives.ReadInt64LittleEndian(from), BinaryPrimitives.ReadInt64LittleEndian(from[8..]))
        : Unknown;
}
