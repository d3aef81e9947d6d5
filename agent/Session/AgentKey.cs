using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Probes.Contracts.Mapping;

namespace Probes.Agent.Session;

/// <summary>
/// The agent's own key pair, made at its first start and kept in <c>agent.key</c>, readable by its owner only. It never leaves the machine: the
/// orchestrator knows the public half, and whoever wants a credential must sign with the other.
/// </summary>
internal sealed class AgentKey : IDisposable
{
    public const string FileName = "agent.key";

    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    /// <exception cref="AgentStopException">The file cannot be read, written, or holds no key.</exception>
    public AgentKey(string path)
    {
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            if (File.Exists(path))
            {
                _key.ImportFromPem(File.ReadAllText(path));
            }
            else
            {
                DataFolder.Replace(path, _key.ExportPkcs8PrivateKeyPem() + "\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            _key.Dispose();
            throw new AgentStopException(
                ExitCodes.BadInput, $"the agent's key in '{path}' cannot be used ({error.Message}); remove it and {IdentityFile.FileName} and enrol again with a new token", error);
        }

        PublicKey = _key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] PublicKey { get; }

    public byte[] Sign(byte[] text)
    {
        lock (_lock)
        {
            return WireProofs.Sign(_key, text);
        }
    }

    /// <summary>The key as a certificate that nobody has signed: an orchestrator that asks for one looks at the key alone.</summary>
    public X509Certificate2 Certificate()
    {
        lock (_lock)
        {
            var request = new CertificateRequest("CN=probes-agent", _key, HashAlgorithmName.SHA256);
            return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero));
        }
    }

    public void Dispose() => _key.Dispose();
}
