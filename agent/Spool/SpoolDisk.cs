using Microsoft.Win32.SafeHandles;

namespace Probes.Agent.Spool;

/// <summary>What the spool asks of the file system: everything that changes a file goes through here, so that each step can fail or be the last.</summary>
internal class SpoolDisk
{
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public virtual SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> data, long offset) => RandomAccess.Write(file, data, offset);

    public virtual void SetLength(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    public virtual void Sync(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    public virtual void Delete(string path) => File.Delete(path);

    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>The disk's own failures, which the spool outlives.</summary>
    public static bool IsFault(Exception error) => error is IOException or UnauthorizedAccessException;
}
