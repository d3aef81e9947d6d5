using System.Security.Cryptography;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;

namespace Probes.Tests.Testing;

/// <summary>An orchestrator's signing key, for good and for forged messages.</summary>
internal sealed class TestSigningKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public string Id => WireProofs.KeyId(PublicKey);

    public SigningKey Public => new() { KeyId = Id, PublicKey = ByteString.CopyFrom(PublicKey) };

    public OrchestratorMessage Seal(string agentId, string nonce, OrchestratorMessage message, string? keyId = null)
    {
        var bytes = message.ToByteArray();
        return new OrchestratorMessage
        {
            Signed = new Signed
            {
                Message = ByteString.CopyFrom(bytes),
                KeyId = keyId ?? Id,
                Signature = ByteString.CopyFrom(WireProofs.Sign(_key, WireProofs.Assignment(agentId, nonce, bytes))),
            },
        };
    }

    public KeyEndorsement Endorse(TestSigningKey next) => new()
    {
        KeyId = next.Id,
        PublicKey = ByteString.CopyFrom(next.PublicKey),
        ByKeyId = Id,
        Signature = ByteString.CopyFrom(WireProofs.Sign(_key, WireProofs.Key(next.Id, next.PublicKey))),
    };

    public void Dispose() => _key.Dispose();
}
