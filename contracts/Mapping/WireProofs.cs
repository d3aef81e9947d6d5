using System.Security.Cryptography;
using System.Text;

namespace Probes.Contracts.Mapping;

/// <summary>
/// What is signed, byte for byte, and how: ECDSA on P-256 with SHA-256 (FIPS 186-5), the signature as r and s in 32 bytes each (IEEE P1363).
/// Each text begins with its own purpose, so that a signature made for one never counts for another.
/// </summary>
public static class WireProofs
{
    /// <summary>Bytes of one signature.</summary>
    public const int SignatureLength = 64;

    // SubjectPublicKeyInfo of a P-256 key is 91 bytes; more is not one.
    private const int MostKeyBytes = 128;

    public static byte[] Enrol(string token, ReadOnlySpan<byte> publicKey) => Join("probes.v1.enrol", token, publicKey);

    public static byte[] Renew(string agentId, ReadOnlySpan<byte> challenge) => Join("probes.v1.renew", agentId, challenge);

    public static byte[] Assignment(string agentId, string nonce, ReadOnlySpan<byte> message) =>
        Join("probes.v1.assignment", $"{agentId}.{nonce}", message);

    public static byte[] Key(string keyId, ReadOnlySpan<byte> publicKey) => Join("probes.v1.key", keyId, publicKey);

    /// <summary>What a key is called: the first half of its SHA-256, in lower-case hexadecimal.</summary>
    public static string KeyId(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 16));

    /// <summary>Null when it is no P-256 public key (SubjectPublicKeyInfo, DER).</summary>
    public static ECDsa? ReadKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length is 0 or > MostKeyBytes)
        {
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            var curve = key.ExportParameters(includePrivateParameters: false).Curve.Oid;
            if (read == publicKey.Length && (curve.Value == "1.2.840.10045.3.1.7" || curve.FriendlyName is "nistP256" or "ECDSA_P256"))
            {
                return key;
            }
        }
        catch (CryptographicException)
        {
            // Not a key.
        }

        key.Dispose();
        return null;
    }

    public static byte[] Sign(ECDsa key, byte[] text) => key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public static bool Verify(ECDsa key, byte[] text, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength
        && key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>False too when the key is none.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, byte[] text, ReadOnlySpan<byte> signature)
    {
        using var key = ReadKey(publicKey);
        return key is not null && Verify(key, text, signature);
    }

    private static byte[] Join(string purpose, string who, ReadOnlySpan<byte> what)
    {
        var head = Encoding.UTF8.GetBytes($"{purpose}\0{who}\0");
        var text = new byte[head.Length + what.Length];
        head.CopyTo(text, 0);
        what.CopyTo(text.AsSpan(head.Length));
        return text;
    }
}
