using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Probes.Orchestrator.Access;

/// <summary>
/// A secret handed out once: <c>PREFIX_PUBLICID_SECRET_CHECK</c>. The prefix is for secret scanners, the public id for looking it up,
/// the secret has 256 bits in base 62, and the check (CRC-32C, base 62) tells a typing error from a wrong secret. Only its SHA-256 is stored.
/// </summary>
internal sealed record Secret(string PublicId, string Text, byte[] Hash)
{
    internal const string EnrolmentToken = "prb";
    internal const string AgentCredential = "pra";
    internal const string ApiKey = "prk";

    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    // 62^43 is the first power of 62 above 2^256, 62^6 the first above 2^32; 32^26 is above 2^128.
    private const int SecretLength = 43;
    private const int CheckLength = 6;
    private const int PublicIdLength = 26;
    private const int MaxLength = 128;

    internal static Secret New(string prefix) => For(prefix, RandomNumberGenerator.GetString(Base32, PublicIdLength));

    /// <summary>A new secret for somebody who has a public id already.</summary>
    internal static Secret For(string prefix, string publicId)
    {
        var body = $"{prefix}_{publicId}_{RandomNumberGenerator.GetString(Base62, SecretLength)}";
        var text = $"{body}_{Check(body)}";
        return new Secret(publicId, text, SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>Null when it is not a whole secret of this prefix; whether it is a right one is up to <see cref="Matches"/>.</summary>
    internal static Secret? Parse(string prefix, string? text)
    {
        text = text?.Trim();
        if (text is null || text.Length > MaxLength || !Ascii.IsValid(text))
        {
            return null;
        }

        var parts = text.Split('_');
        if (parts.Length != 4 || parts[0] != prefix || parts[1].Length != PublicIdLength || parts[2].Length != SecretLength
            || parts[3] != Check(text[..^(CheckLength + 1)]))
        {
            return null;
        }

        return new Secret(parts[1], text, SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>The secret in an <c>Authorization: Bearer</c> header; null when there is none.</summary>
    internal static Secret? FromHeader(string prefix, string? authorization) =>
        authorization is not null && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? Parse(prefix, authorization[7..])
            : null;

    /// <summary>In constant time.</summary>
    internal bool Matches(byte[] hash) => CryptographicOperations.FixedTimeEquals(Hash, hash);

    public override string ToString() => $"secret {PublicId}";

    private static string Check(string body)
    {
        var crc = uint.MaxValue;
        foreach (var character in body)
        {
            crc = BitOperations.Crc32C(crc, (byte)character);
        }

        var check = new char[CheckLength];
        for (var i = CheckLength - 1; i >= 0; i--)
        {
            check[i] = Base62[(int)(crc % 62)];
            crc /= 62;
        }

        return new string(check);
    }
}
