using System.Buffers.Binary;

namespace Probes.Agent.Spool;

/// <summary>
/// The clock that ages are told by: monotonic while the process runs, whatever is done to the machine's clock, and carried on by that clock while it
/// does not run, never backwards. It starts as the machine's clock of the spool's first day.
/// </summary>
internal sealed class SpoolClock : IDisposable
{
    private const int Size = 20;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(10);

    private readonly SpoolDisk _disk;
    private readonly TimeProvider _time;
    private readonly string _path;
    private readonly DateTimeOffset _atStart;
    private readonly long _started;
    private DateTimeOffset _saved;
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _file;

    public SpoolClock(SpoolDisk disk, string folder, TimeProvider time)
    {
        _disk = disk;
        _time = time;
        _path = Path.Combine(folder, "clock");
        _started = time.GetTimestamp();
        _atStart = Load(time.GetUtcNow());
    }

    public DateTimeOffset Now => _atStart + _time.GetElapsedTime(_started);

    public void Save(bool always)
    {
        var now = Now;
        if (!always && now - _saved < SaveEvery)
        {
            return;
        }

        Span<byte> data = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64LittleEndian(data, now.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(data[8..], _time.GetUtcNow().ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt32LittleEndian(data[16..], SpoolFrame.Checksum(3, data[..16]));
        _disk.Write(_file ??= _disk.Open(_path, FileMode.OpenOrCreate), data, 0);
        _saved = now;
    }

    public void Dispose() => _file?.Dispose();

    private DateTimeOffset Load(DateTimeOffset wall)
    {
        var data = File.Exists(_path) ? File.ReadAllBytes(_path) : [];
        if (data.Length != Size || BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(16)) != SpoolFrame.Checksum(3, data.AsSpan(0, 16)))
        {
            return wall;
        }

        var away = wall - DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(8)));
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(data)) + (away > TimeSpan.Zero ? away : TimeSpan.Zero);
    }
}
