using System.Security.Cryptography;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;

namespace Probes.Orchestrator.Signing;

/// <summary>The key that signs what agents are told to probe.</summary>
internal sealed class SigningKey(string id, byte[] publicKey, ECDsa key)
{
    // Signing with one key from several threads at once is nowhere promised.
    private readonly Lock _lock = new();

    internal string Id => id;

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    internal byte[] PublicKey => publicKey;

    /// <summary>The message, signed for this agent in this session and no other.</summary>
    internal OrchestratorMessage Seal(string agentId, string nonce, OrchestratorMessage message)
    {
        var bytes = message.ToByteArray();
        return new OrchestratorMessage
        {
            Signed = new Signed
            {
                Message = UnsafeByteOperations.UnsafeWrap(bytes),
                KeyId = id,
                Signature = UnsafeByteOperations.UnsafeWrap(Sign(WireProofs.Assignment(agentId, nonce, bytes))),
            },
        };
    }

    internal byte[] Sign(byte[] text)
    {
        lock (_lock)
        {
            return WireProofs.Sign(key, text);
        }
    }
}
