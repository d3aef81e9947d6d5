using System.Buffers;
using System.Globalization;
using System.Text;

namespace Probes.Agent.Probes.Http;

/// <summary>Reads a response (RFC 9112) from a stream, with bounds on everything a target may send.</summary>
internal sealed class Http1Reader(Stream stream) : IDisposable
{
    private const int LargestHead = 64 * 1024;
    private const int LargestLine = 8 * 1024;
    private const int MostHeaders = 256;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public async ValueTask FirstByteAsync(CancellationToken ct)
    {
        if (!await FillAsync(ct))
        {
            throw ProbeFault.Target(Reasons.ConnectionClosed, "the target closed the connection without an answer");
        }
    }

    /// <summary>Reads one head: its status code, and its headers into <paramref name="headers"/>.</summary>
    public async ValueTask<int> HeadAsync(List<KeyValuePair<string, string>> headers, CancellationToken ct)
    {
        int length;
        var looked = 0;
        while ((length = EndOfHead(Unread, ref looked)) < 0)
        {
            if (_end - _start >= LargestHead)
            {
                throw ProbeFault.Target(Reasons.BadResponse, $"the headers are larger than {LargestHead} bytes");
            }

            if (!await FillAsync(ct))
            {
                throw ProbeFault.Target(Reasons.ConnectionClosed, "the target closed the connection within the headers");
            }
        }

        var status = Parse(Unread[..length], headers);
        _start += length;
        return status;
    }

    public async ValueTask ExactlyAsync(long bytes, BodySink sink, CancellationToken ct)
    {
        while (bytes > 0)
        {
            if (_start == _end && !await FillAsync(ct))
            {
                throw ProbeFault.Target(Reasons.ConnectionClosed, $"the target closed the connection {bytes} bytes before the end of the body");
            }

            var take = (int)Math.Min(bytes, _end - _start);
            var more = sink.Take(_buffer.AsSpan(_start, take));
            _start += take;
            bytes -= take;
            if (!more || (sink.Room == 0 && bytes > 0 && !sink.Take([0])))
            {
                return;
            }
        }
    }

    public async ValueTask UntilCloseAsync(BodySink sink, CancellationToken ct)
    {
        do
        {
            var more = sink.Take(Unread);
            _start = _end;
            if (!more)
            {
                return;
            }
        }
        while (await FillAsync(ct));
    }

    /// <summary>Chunked body (RFC 9112 section 7.1); extensions and trailers are read and dropped.</summary>
    public async ValueTask ChunkedAsync(BodySink sink, CancellationToken ct)
    {
        while (true)
        {
            var line = await LineAsync(ct);
            var digits = line.Split(';')[0].Trim();
            if (!long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
            {
                throw ProbeFault.Target(Reasons.BadResponse, "a chunk has no valid size");
            }

            if (size == 0)
            {
                break;
            }

            await ExactlyAsync(size, sink, ct);
            if (sink.Room == 0)
            {
                return;
            }

            if ((await LineAsync(ct)).Length > 0)
            {
                throw ProbeFault.Target(Reasons.BadResponse, "a chunk does not end where it said");
            }
        }

        for (var trailers = 0; (await LineAsync(ct)).Length > 0;)
        {
            if (++trailers > MostHeaders)
            {
                throw ProbeFault.Target(Reasons.BadResponse, $"more than {MostHeaders} trailers");
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // The end of the empty line after a head, by CRLF or, leniently (RFC 9112 section 2.2), bare LF; -1 when not there yet.
    // What was looked at is not looked at again, so that a head sent byte by byte costs no more than another.
    private static int EndOfHead(ReadOnlySpan<byte> bytes, ref int looked)
    {
        for (int next; (next = bytes[looked..].IndexOf((byte)'\n')) >= 0; looked += next + 1)
        {
            var rest = bytes[(looked + next + 1)..];
            if (rest.StartsWith("\n"u8) || rest.StartsWith("\r\n"u8))
            {
                return bytes.Length - rest.Length + (rest[0] == '\n' ? 1 : 2);
            }

            if (rest.Length < 2)
            {
                looked += next;
                return -1;
            }
        }

        looked = bytes.Length;
        return -1;
    }

    private static int Parse(ReadOnlySpan<byte> head, List<KeyValuePair<string, string>> headers)
    {
        var end = head.IndexOf((byte)'\n');
        var first = head[..end].TrimEnd((byte)'\r');
        if (first.Length < 12 || !first.StartsWith("HTTP/1."u8) || first[8] != ' '
            || !int.TryParse(first.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            || status is < 100 or > 599 || (first.Length > 12 && first[12] != ' '))
        {
            throw ProbeFault.Target(Reasons.BadResponse, "the answer does not begin as HTTP/1.1 does");
        }

        for (var rest = head[(end + 1)..]; ; rest = rest[(end + 1)..])
        {
            end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? [] : rest[..end].TrimEnd((byte)'\r');
            if (line.IsEmpty)
            {
                return status;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || headers.Count >= MostHeaders)
            {
                throw ProbeFault.Target(Reasons.BadResponse, colon <= 0 ? "a header line has no name" : $"more than {MostHeaders} headers");
            }

            headers.Add(KeyValuePair.Create(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8))));
        }
    }

    private async ValueTask<string> LineAsync(CancellationToken ct)
    {
        int end;
        while ((end = Unread.IndexOf((byte)'\n')) < 0)
        {
            if (_end - _start > LargestLine)
            {
                throw ProbeFault.Target(Reasons.BadResponse, $"a line of the body's framing is longer than {LargestLine} bytes");
            }

            if (!await FillAsync(ct))
            {
                throw ProbeFault.Target(Reasons.ConnectionClosed, "the target closed the connection within the body");
            }
        }

        var line = Encoding.Latin1.GetString(Unread[..end].TrimEnd((byte)'\r'));
        _start += end + 1;
        return line;
    }

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        var unread = Unread;
        var target = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        unread.CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_start, _end) = (0, unread.Length);
    }
}
