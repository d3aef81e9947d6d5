using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Probes.Agent.Probes.Http;

/// <summary>
/// Undoes a content coding (RFC 9110 section 8.4.1) for assertions: nothing is asked for by itself, but a check may ask, and some servers compress
/// unasked. What a small answer may swell to is bounded twice, as a compressed body costs its sender next to nothing.
/// </summary>
internal static class BodyDecoder
{
    /// <summary>Times its own size that a body may swell to, once it is over <see cref="AnyRatioUpTo"/>. Text rarely comes to 20.</summary>
    public const int MostRatio = 100;

    public const int AnyRatioUpTo = 64 * 1024;

    /// <summary>Null for a coding that is none of gzip, deflate and br, or for several on top of each other: the bytes then stay as they are.</summary>
    /// <param name="body">The body as it came.</param>
    /// <param name="coding">Value of the content-encoding header.</param>
    /// <param name="cut">Whether the body's end is missing.</param>
    /// <param name="most">Bytes it may become; what is beyond is left off.</param>
    /// <exception cref="ProbeFault">The body is not what its header says, or swells too much.</exception>
    public static (ReadOnlyMemory<byte> Text, bool Cut)? Decode(ReadOnlyMemory<byte> body, string coding, bool cut, long most)
    {
        using var stream = Open(body, coding.Trim().ToLowerInvariant());
        if (stream is null)
        {
            return null;
        }

        var text = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var room = most - text.WrittenCount;
                var into = text.GetMemory(8 * 1024);
                var read = stream.Read(into.Span[..Math.Min(into.Length, 32 * 1024)]);
                if (read == 0)
                {
                    return (text.WrittenMemory, cut);
                }

                text.Advance((int)Math.Min(read, room));
                if (read > room)
                {
                    return (text.WrittenMemory, true);
                }

                if (text.WrittenCount > AnyRatioUpTo && text.WrittenCount > body.Length * (long)MostRatio)
                {
                    throw ProbeFault.Target(Reasons.BadResponse, $"the body decompresses to more than {MostRatio} times its size");
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            return cut ? (text.WrittenMemory, true) : throw ProbeFault.Target(Reasons.BadResponse, $"the body is not the {BoundedText.Cut(coding, 32)} that its header says");
        }
    }

    private static Stream? Open(ReadOnlyMemory<byte> body, string coding)
    {
        var bytes = MemoryMarshal.TryGetArray(body, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(body.ToArray());
        return coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(bytes, CompressionMode.Decompress),
            "br" => new BrotliStream(bytes, CompressionMode.Decompress),

            // By the RFC it is the zlib format; bare deflate is met too.
            "deflate" when body.Length > 1 && (body.Span[0] & 0x0F) == 8 && ((body.Span[0] << 8) | body.Span[1]) % 31 == 0 => new ZLibStream(bytes, CompressionMode.Decompress),
            "deflate" => new DeflateStream(bytes, CompressionMode.Decompress),
            _ => null,
        };
    }
}
