using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Probes.Agent.Probes.Http;

/// <summary>Takes a body up to a bound and hashes it as it comes; keeps its bytes only when an assertion needs them.</summary>
internal sealed class BodySink(long most, bool keep) : IDisposable
{
    private ArrayBufferWriter<byte>? _kept = keep ? new ArrayBufferWriter<byte>() : null;
    private IncrementalHash? _hash;
    private long _taken;
    private bool _truncated;

    /// <summary>Bytes it still takes.</summary>
    public long Room => most - _taken;

    /// <summary>False once the bound is reached: there is no use in reading on.</summary>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Room)
        {
            _truncated = true;
            bytes = bytes[..(int)Room];
        }

        _kept?.Write(bytes);
        (_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(bytes);
        _taken += bytes.Length;
        return !_truncated;
    }

    public void Finish(Observation seen)
    {
        if (_kept is { } kept)
        {
            var text = kept.WrittenMemory;
            if (seen.Header("content-encoding") is { } coding && BodyDecoder.Decode(text, coding, _truncated, most) is { } decoded)
            {
                (text, _truncated) = decoded;
            }

            seen.Body = Encoding.UTF8.GetString(text.Span);
        }

        seen.Note("body_bytes", _taken.ToString(CultureInfo.InvariantCulture));
        if (_hash is not null)
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            _hash.GetHashAndReset(digest);
            seen.Note(EvidenceNames.BodyHash, EvidenceNames.Short(digest));
        }

        if (_truncated)
        {
            seen.Note("body_truncated", "true");
        }
    }

    public void Dispose()
    {
        _kept = null;
        _hash?.Dispose();
    }
}
