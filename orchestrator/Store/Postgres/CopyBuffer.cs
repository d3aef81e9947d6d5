using System.Buffers.Binary;
using System.Text;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"), built in memory and sent in large pieces: one
/// awaited write per quarter of a megabyte in place of one call per value.
/// </summary>
internal sealed class CopyBuffer(Stream stream)
{
    private const int Flush = 256 * 1024;

    private byte[] _bytes = new byte[Flush + 64 * 1024];
    private int _length;

    public void Header()
    {
        Raw([(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0]);
        Raw([0, 0, 0, 0, 0, 0, 0, 0]);
    }

    public void Row(short columns) => BinaryPrimitives.WriteInt16BigEndian(Take(2), columns);

    public void Short(short value)
    {
        var span = Take(6);
        BinaryPrimitives.WriteInt32BigEndian(span, 2);
        BinaryPrimitives.WriteInt16BigEndian(span[4..], value);
    }

    public void Int(int value)
    {
        var span = Take(8);
        BinaryPrimitives.WriteInt32BigEndian(span, 4);
        BinaryPrimitives.WriteInt32BigEndian(span[4..], value);
    }

    public void Long(long value)
    {
        var span = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(span, 8);
        BinaryPrimitives.WriteInt64BigEndian(span[4..], value);
    }

    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        BinaryPrimitives.WriteInt32BigEndian(Take(4), length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Take(4), value.Length);
        Raw(value);
    }

    /// <summary>Sends what has gathered, once it is worth a write.</summary>
    public ValueTask FlushAsync(CancellationToken ct)
    {
        if (_length < Flush)
        {
            return ValueTask.CompletedTask;
        }

        return SendAsync(ct);
    }

    /// <summary>Ends the copy; the stream's disposal then makes the server take it.</summary>
    public ValueTask EndAsync(CancellationToken ct)
    {
        BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);
        return SendAsync(ct);
    }

    private async ValueTask SendAsync(CancellationToken ct)
    {
        await stream.WriteAsync(_bytes.AsMemory(0, _length), ct);
        _length = 0;
    }

    private void Raw(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    private Span<byte> Take(int length)
    {
        if (_length + length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }

        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
