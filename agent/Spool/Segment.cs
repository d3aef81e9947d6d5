using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Probes.Agent.Spool;

/// <summary>
/// One file of the spool: <c>{ordinal}-{epoch}.spool</c>. A header (magic, epoch, creation time, first sequence, checksum), then frames
/// with consecutive sequences. Not thread-safe.
/// </summary>
internal sealed class Segment : IDisposable
{
    public const int HeaderSize = 36;
    public const string Extension = ".spool";
    private static ReadOnlySpan<byte> Magic => "PRBSPL1\n"u8;

    private readonly SafeFileHandle _handle;

    private Segment(string path, long ordinal, long epoch, SafeFileHandle handle)
    {
        Path = path;
        Ordinal = ordinal;
        Epoch = epoch;
        _handle = handle;
    }

    public string Path { get; }
    public long Ordinal { get; }
    public long Epoch { get; }
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>First sequence the file was meant to hold; 0 when its header cannot be read.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>One past the highest sequence written or found.</summary>
    public long NextSequence { get; set; }

    /// <summary>Bytes in use, header included.</summary>
    public long Length { get; private set; }

    /// <summary>Results found sound and not yet handed out.</summary>
    public long Unread { get; set; }

    /// <summary>Batches handed out and not yet done.</summary>
    public int InFlight { get; set; }

    /// <summary>Where reading goes on.</summary>
    public long ReadOffset { get; set; } = HeaderSize;

    /// <summary>Something in it could not be read: it is kept aside, not deleted, when its sound results are delivered.</summary>
    public bool Corrupt { get; set; }

    public static Segment Create(string folder, long ordinal, long epoch, long firstSequence, DateTimeOffset now)
    {
        var path = System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{ordinal:D12}-{epoch:x16}{Extension}"));
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var segment = new Segment(path, ordinal, epoch, handle) { CreatedAt = now, FirstSequence = firstSequence, NextSequence = firstSequence };
        Span<byte> header = stackalloc byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], epoch);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], now.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], firstSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header[32..], SpoolFrame.Checksum(0, header[..32]));
        RandomAccess.Write(handle, header, 0);
        segment.Length = HeaderSize;
        return segment;
    }

    /// <summary>Null when the name is not a segment's.</summary>
    public static Segment? Open(string path)
    {
        var parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            || !long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch))
        {
            return null;
        }

        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var segment = new Segment(path, ordinal, epoch, handle) { Length = RandomAccess.GetLength(handle) };
        segment.ReadHeader();
        return segment;
    }

    /// <summary>Appends frames with the sequences up to, not including, <paramref name="nextSequence"/>. A failed write changes nothing.</summary>
    public void Append(ReadOnlySpan<byte> frames, long nextSequence)
    {
        RandomAccess.Write(_handle, frames, Length);
        Length += frames.Length;
        Unread += nextSequence - NextSequence;
        NextSequence = nextSequence;
    }

    public int Read(Span<byte> buffer, long offset) =>
        RandomAccess.Read(_handle, buffer[..(int)Math.Clamp(Length - offset, 0, buffer.Length)], offset);

    public void Truncate(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Length = length;
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);

    /// <summary>Takes the file out of the spool: deletes it, or keeps it aside when something in it could not be read.</summary>
    public void Remove()
    {
        _handle.Dispose();
        if (Corrupt)
        {
            File.Move(Path, Path + SpoolQuarantine.Extension, overwrite: true);
        }
        else
        {
            File.Delete(Path);
        }
    }

    public void Dispose() => _handle.Dispose();

    private void ReadHeader()
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (Read(header, 0) == HeaderSize
            && header.StartsWith(Magic)
            && BinaryPrimitives.ReadInt64LittleEndian(header[8..]) == Epoch
            && BinaryPrimitives.ReadUInt32LittleEndian(header[32..]) == SpoolFrame.Checksum(0, header[..32]))
        {
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(header[16..]));
            FirstSequence = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        }
        else
        {
            // The epoch is in the name and every frame has a checksum of its own, so the results can still be told.
            CreatedAt = File.GetLastWriteTimeUtc(Path);
            Corrupt = Length > HeaderSize;
        }

        NextSequence = FirstSequence;
    }
}
