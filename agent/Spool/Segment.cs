using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Probes.Agent.Spool;

/// <summary>
/// One piece of the spool: a header, then frames with consecutive sequences. It is the file <c>{ordinal}-{epoch}.spool</c>, or the same bytes in memory
/// while the disk does not take them. Not thread-safe.
/// </summary>
internal sealed class Segment : IDisposable
{
    public const string Extension = ".spool";

    private readonly SpoolDisk _disk;
    private SafeFileHandle? _handle;
    private byte[] _memory = [];
    private (long Taken, long Done) _marked;

    private Segment(SpoolDisk disk, string folder, long ordinal, long epoch)
    {
        _disk = disk;
        Ordinal = ordinal;
        Epoch = epoch;
        Path = System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{ordinal:D12}-{epoch:x16}{Extension}"));
    }

    public string Path { get; private init; }

    public long Ordinal { get; }

    public long Epoch { get; }

    /// <summary>On the spool's clock.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>First sequence it was meant to hold; 0 when its header cannot be read.</summary>
    public long FirstSequence { get; set; }

    /// <summary>One past the highest sequence written or found.</summary>
    public long NextSequence { get; set; }

    /// <summary>The next sequence to hand out.</summary>
    public long ReadSequence { get; set; }

    /// <summary>Where its frame is looked for.</summary>
    public long ReadOffset { get; set; }

    /// <summary>When the last result that was read was due; null before.</summary>
    public DateTimeOffset? LastDue { get; set; }

    /// <summary>Bytes in use, header included.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the header: those of an earlier format are shorter.</summary>
    public int HeaderSize { get; private set; } = SegmentHeader.Size;

    /// <summary>Sequences below were handed out, by this process or one before: they may be on the other side, so they are never given up.</summary>
    public long Taken { get; private set; }

    /// <summary>Sequences below are dealt with.</summary>
    public long Done { get; private set; }

    /// <summary>Handed out, in order, and not all done.</summary>
    public Queue<SpoolBatch> InFlight { get; } = new();

    public long Unread => NextSequence - ReadSequence;

    /// <summary>True when nothing of it is wanted any more.</summary>
    public bool Over => Unread == 0 && InFlight.Count == 0;

    public bool InMemory => _handle is null;

    /// <summary>The file goes on behind the end, with what a start would find again.</summary>
    public bool IsRagged { get; private set; }

    /// <summary>Something in it could not be read: it is kept aside, not deleted, when its sound results are delivered.</summary>
    public bool Corrupt { get; set; }

    /// <exception cref="IOException">The disk does not take it; then nothing is left of it.</exception>
    public static Segment Create(SpoolDisk disk, string folder, long ordinal, long epoch, long firstSequence, DateTimeOffset now)
    {
        var segment = Keep(disk, folder, ordinal, epoch, firstSequence, now);
        segment.ToFile();
        return segment;
    }

    /// <summary>One that is in memory only.</summary>
    public static Segment Keep(SpoolDisk disk, string folder, long ordinal, long epoch, long firstSequence, DateTimeOffset now)
    {
        var segment = new Segment(disk, folder, ordinal, epoch)
        {
            CreatedAt = now,
            FirstSequence = firstSequence,
            NextSequence = firstSequence,
            ReadSequence = firstSequence,
            ReadOffset = SegmentHeader.Size,
            Length = SegmentHeader.Size,
            _memory = new byte[SegmentHeader.Size],
        };
        new SegmentHeader(epoch, now, firstSequence).Write(segment._memory);
        return segment;
    }

    /// <summary>Null when the name is not a segment's.</summary>
    public static Segment? Open(SpoolDisk disk, string path)
    {
        var parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            || !long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch))
        {
            return null;
        }

        var segment = new Segment(disk, System.IO.Path.GetDirectoryName(path)!, ordinal, epoch) { Path = path };
        segment._handle = disk.Open(path, FileMode.Open);
        segment.Length = RandomAccess.GetLength(segment._handle);
        segment.ReadHeader();
        return segment;
    }

    /// <summary>Appends frames with the sequences up to, not including, <paramref name="nextSequence"/>. A failed write changes nothing.</summary>
    public void Append(ReadOnlySpan<byte> frames, long nextSequence)
    {
        if (_handle is null)
        {
            if (Length + frames.Length > _memory.Length)
            {
                Array.Resize(ref _memory, (int)Math.Max(Length + frames.Length, Math.Min(_memory.Length * 2L, 1024 * 1024)));
            }

            frames.CopyTo(_memory.AsSpan((int)Length));
        }
        else
        {
            _disk.Write(_handle, frames, Length);
        }

        Length += frames.Length;
        NextSequence = nextSequence;
    }

    public int Read(Span<byte> buffer, long offset)
    {
        var wanted = buffer[..(int)Math.Clamp(Length - offset, 0, buffer.Length)];
        if (_handle is not null)
        {
            return RandomAccess.Read(_handle, wanted, offset);
        }

        _memory.AsSpan((int)offset, wanted.Length).CopyTo(wanted);
        return wanted.Length;
    }

    /// <summary>Writes what is in memory to a file, and goes on there.</summary>
    /// <exception cref="IOException">The disk does not take it; it stays in memory.</exception>
    public void ToFile()
    {
        var handle = _disk.Open(Path, FileMode.CreateNew);
        try
        {
            _disk.Write(handle, _memory.AsSpan(0, (int)Length), 0);
        }
        catch
        {
            handle.Dispose();
            _disk.Delete(Path);
            throw;
        }

        (_handle, _memory) = (handle, []);
    }

    /// <summary>Cuts off the file what a write that failed may have left behind its end, or what was given up.</summary>
    /// <exception cref="IOException">The disk does not take it; what is cut off is out of use all the same.</exception>
    public void Truncate(long length)
    {
        Length = length;
        if (_handle is not null)
        {
            IsRagged = true;
            _disk.SetLength(_handle, length);
            IsRagged = false;
        }
    }

    /// <summary>Remembers across a crash that these are about to be sent.</summary>
    public void MarkTaken(long taken)
    {
        Taken = Math.Max(taken, Taken);
        SaveMarks();
    }

    /// <summary>Moves past the batches at the front that are done.</summary>
    public void MarkDone()
    {
        while (InFlight.TryPeek(out var first) && first.Done)
        {
            InFlight.Dequeue();
            Done = first.First + first.Count;
        }
    }

    /// <summary>Writes the marks when they have changed. While that fails, a crash can make those in between be given up although they arrived.</summary>
    public void SaveMarks()
    {
        if (HeaderSize != SegmentHeader.Size || _marked == (Taken, Done))
        {
            return;
        }

        Span<byte> marks = stackalloc byte[SegmentHeader.MarksSize];
        SegmentHeader.WriteMarks(marks, Taken, Done);
        if (_handle is not null)
        {
            _disk.Write(_handle, marks, SegmentHeader.MarksOffset);
        }
        else
        {
            marks.CopyTo(_memory.AsSpan(SegmentHeader.MarksOffset));
        }

        _marked = (Taken, Done);
    }

    /// <summary>What an earlier format kept elsewhere.</summary>
    public void Confirmed(long below) => (Done, Taken) = (below, Math.Max(below, Taken));

    public void Sync()
    {
        if (_handle is not null)
        {
            _disk.Sync(_handle);
        }
    }

    /// <summary>Takes the file out of the spool: deletes it, or keeps it aside when something in it could not be read.</summary>
    /// <exception cref="IOException">The disk does not take it; the file is still there.</exception>
    public void Remove()
    {
        if (_handle is null)
        {
            return;
        }

        if (Corrupt)
        {
            _disk.Move(Path, Path + SpoolQuarantine.Extension);
        }
        else
        {
            _disk.Delete(Path);
        }

        _handle.Dispose();
    }

    public void Dispose() => _handle?.Dispose();

    private void ReadHeader()
    {
        Span<byte> header = stackalloc byte[SegmentHeader.Size];
        var size = Read(header, 0);
        if (SegmentHeader.Read(header[..size], Epoch) is { } found)
        {
            (CreatedAt, FirstSequence) = (found.Header.CreatedAt, found.Header.FirstSequence);
            HeaderSize = found.Former ? SegmentHeader.FormerSize : SegmentHeader.Size;
        }
        else
        {
            // The epoch is in the name and every frame has a checksum of its own, so the results can still be told.
            CreatedAt = File.GetLastWriteTimeUtc(Path);
            HeaderSize = (int)Math.Min(SegmentHeader.FormerSize, Length);
            Corrupt = Length > SegmentHeader.Size;
            (Taken, Done) = SegmentHeader.Unknown;
        }

        if (HeaderSize == SegmentHeader.Size && size == SegmentHeader.Size)
        {
            _marked = (Taken, Done) = SegmentHeader.ReadMarks(header.Slice(SegmentHeader.MarksOffset, SegmentHeader.MarksSize));
        }
    }
}
