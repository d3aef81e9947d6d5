using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Probes.Agent.Spool;

/// <summary>
/// Keeps the newest <see cref="GapState"/> twice, in <c>gaps-0</c> and <c>gaps-1</c>, one after the other and each forced to disk: a write that is cut off leaves the
/// other as it was, and a damaged one is read from the other. Both are written in place and never shrink, so that what was given up can be written down on a full disk.
/// Each: length (u32), CRC32C (u32), version (i64), state.
/// </summary>
internal sealed class GapFile(SpoolDisk disk, string folder, bool sync) : IDisposable
{
    private const int HeaderSize = 16;
    private const int Allocated = 64 * 1024;

    private readonly SafeFileHandle?[] _files = new SafeFileHandle?[2];
    private long _version;
    private int _first;

    /// <summary>The newest state that is sound, null when there is none; and whether both files hold it. When only one does, it should be saved again.</summary>
    public (GapState? State, bool Whole) Load()
    {
        GapState? newest = null;
        var sound = new long[_files.Length];
        for (var i = 0; i < _files.Length; i++)
        {
            if (File.Exists(Name(i)) && Read(File.ReadAllBytes(Name(i))) is { } found && GapState.Read(found.State) is { } state)
            {
                sound[i] = found.Version;
                if (found.Version > _version)
                {
                    (_version, newest, _first) = (found.Version, state, 1 - i);
                }
            }
        }

        return (newest, Array.TrueForAll(sound, v => v == _version));
    }

    /// <summary>True when both files hold it, false when only one does: it counts, and should be saved again.</summary>
    /// <exception cref="IOException">The disk does not take it, and what was there before counts.</exception>
    public bool Save(GapState state)
    {
        var content = state.Write();
        var bytes = new byte[Math.Max(Allocated, HeaderSize + content.Length)];
        content.CopyTo(bytes.AsSpan(HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)content.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), ++_version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), SpoolFrame.Checksum(content.Length, bytes.AsSpan(8, 8 + content.Length)));

        // 1. The one that is older or was left damaged. While it cannot be written the other is not touched.
        Write(_first, bytes, content.Length);

        // 2. The other; when this fails, it is the first the next time.
        _first = 1 - _first;
        try
        {
            Write(_first, bytes, content.Length);
            return true;
        }
        catch (Exception error) when (SpoolDisk.IsFault(error))
        {
            return false;
        }
    }

    private void Write(int i, byte[] bytes, int content)
    {
        // A file that has its size already is not written further than it needs.
        var file = _files[i] ??= disk.Open(Name(i), FileMode.OpenOrCreate);
        disk.Write(file, RandomAccess.GetLength(file) < bytes.Length ? bytes : bytes.AsSpan(0, HeaderSize + content), 0);
        if (sync)
        {
            disk.Sync(file);
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file?.Dispose();
        }
    }

    private string Name(int i) => Path.Combine(folder, $"gaps-{i}");

    private static (long Version, byte[] State)? Read(byte[] bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length > bytes.Length - HeaderSize)
        {
            return null;
        }

        var size = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) == SpoolFrame.Checksum(size, bytes.AsSpan(8, 8 + size))
            ? (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), bytes[HeaderSize..(HeaderSize + size)])
            : null;
    }
}
