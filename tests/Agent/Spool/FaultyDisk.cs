using Microsoft.Win32.SafeHandles;
using Probes.Agent.Spool;

namespace Probes.Tests.Agent.Spool;

/// <summary>A real disk that fails or stops when it is told to. After a crash nothing changes a file any more, as when the process is gone.</summary>
internal sealed class FaultyDisk : SpoolDisk
{
    private bool _crashed;

    /// <summary>Asked before each step: the share of it that is done before it fails, 0 to 1; null: it succeeds.</summary>
    public Func<string, double?> Fault { get; set; } = _ => null;

    /// <summary>Whether the step that fails is the last.</summary>
    public bool CrashNext { get; set; }

    public bool Crashed => _crashed;

    public void Crash() => _crashed = true;

    public override SafeFileHandle Open(string path, FileMode mode)
    {
        Step("open");
        return base.Open(path, mode);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> data, long offset)
    {
        if (_crashed || Fault("write") is not { } share)
        {
            Step("");
            base.Write(file, data, offset);
            return;
        }

        base.Write(file, data[..(int)(data.Length * share)], offset);
        Fail();
    }

    public override void SetLength(SafeFileHandle file, long length)
    {
        Step("truncate");
        base.SetLength(file, length);
    }

    public override void Sync(SafeFileHandle file) => Step("sync");

    public override void Delete(string path)
    {
        Step("delete");
        base.Delete(path);
    }

    public override void Move(string from, string to)
    {
        Step("move");
        base.Move(from, to);
    }

    private void Step(string what)
    {
        if (_crashed)
        {
            throw new IOException("the process is gone");
        }

        if (what.Length > 0 && Fault(what) is not null)
        {
            Fail();
        }
    }

    private void Fail()
    {
        _crashed |= CrashNext;
        throw new IOException("No space left on device");
    }
}
