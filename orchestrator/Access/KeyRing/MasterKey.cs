using System.Security.Cryptography;
using System.Text;
using Probes.Orchestrator.Commands;

namespace Probes.Orchestrator.Access.KeyRing;

/// <summary>The key over all keys, given by the operator: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.</summary>
internal sealed class MasterKey(byte[] key)
{
    private const int Length = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary><c>Keys:Master</c>, or the content of the file that <c>Keys:MasterFile</c> names; null when neither is set.</summary>
    /// <exception cref="SettingsException">It is no key.</exception>
    internal static MasterKey? Read(IConfiguration configuration)
    {
        var (name, text) = configuration["Keys:MasterFile"] is { Length: > 0 } file
            ? ("Keys:MasterFile", ReadFile(file))
            : ("Keys:Master", configuration["Keys:Master"] ?? "");
        if (text.Length == 0)
        {
            return name == "Keys:Master" ? null : throw new SettingsException($"{name}: the file is empty");
        }

        var key = new byte[Length];
        return Convert.TryFromBase64String(text, key, out var length) && length == Length
            ? new MasterKey(key)
            : throw new SettingsException($"{name}: it must be {Length} random bytes in base64; 'openssl rand -base64 {Length}' makes some");
    }

    internal byte[] Encrypt(string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[NonceLength + TagLength + plain.Length];
        var nonce = sealedBytes.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceLength + TagLength), sealedBytes.AsSpan(NonceLength, TagLength));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Not made with this key, or changed since.</exception>
    internal string Decrypt(byte[] sealedBytes)
    {
        if (sealedBytes.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("too short to be encrypted with a master key");
        }

        var plain = new byte[sealedBytes.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedBytes.AsSpan(0, NonceLength), sealedBytes.AsSpan(NonceLength + TagLength), sealedBytes.AsSpan(NonceLength, TagLength), plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"Keys:MasterFile: '{file}' cannot be read: {fault.Message}");
        }
    }
}
